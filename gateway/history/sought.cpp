#include "history/sought.h"

#include <algorithm>

#include "history/month.h"
#include "history/particulars.h"
#include "history/terms.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::history {
namespace {

/// A telephone number without its area's; shorter ones are found by their last four.
constexpr std::size_t kLeastNumber = 7;

Error malformed(std::string detail) { return {codes::kMalformed, std::move(detail)}; }

std::string quotedText(std::string_view text) {
  std::string quoted;
  json::writeText(text, quoted);
  return quoted;
}

Result<void> readDay(const Query& query, int zoneMinutes, Sought& into) {
  if (query.deliveredOn.empty()) return {};
  into.day = dayNumber(query.deliveredOn);
  if (!into.day) return malformed("A day is written YYYY-MM-DD.");
  if (query.peer.empty()) return malformed("A day of deliveries is a peer's: name it, too.");
  into.dayFrom = (*into.day * 1440 - zoneMinutes) * 60'000;
  return {};
}

Result<void> readText(const Query& query, bool indexed, Sought& into) {
  const std::string text = searchableText(query.text);
  if (text.empty()) return {};
  if (!indexed) return malformed("Texts are not indexed here; see the setting history.words.");
  into.text = SearchedText(text);
  const std::size_t before = into.terms.size();
  appendWordTerms(text, into.terms);
  if (into.terms.size() > before) return {};
  return malformed("A text needs two characters side by side; numbers are searched as numbers.");
}

}  // namespace

SearchedText::SearchedText(std::string_view searchable) {
  while (!searchable.empty()) {
    const std::size_t end = std::min(searchable.find_first_of(" \t\n"), searchable.size());
    if (end > 0) {
      const std::string quoted = quotedText(searchable.substr(0, end));
      words_.push_back(quoted.substr(1, quoted.size() - 2));
    }
    searchable.remove_prefix(std::min(end + 1, searchable.size()));
  }
}

bool SearchedText::standsIn(std::string_view event) const {
  if (words_.empty()) return true;
  const std::string searched = searchableText(event);
  return std::all_of(words_.begin(), words_.end(), [&](const std::string& word) {
    return searched.find(word) != std::string::npos;
  });
}

Result<Sought> readQuery(const Query& query, const StoreSettings& settings, NodeKey& key) {
  if (query.limit < 1 || query.limit > kMostHits) return malformed("A page has 1 to 1000 hits.");
  const std::string number = searchableNumber(query.number);
  if (!query.number.empty() && number.size() != 4 && number.size() < kLeastNumber)
    return malformed("A telephone or id number is searched whole, or by its last four characters.");
  Sought sought;
  if (Result<void> read = readDay(query, settings.zoneMinutes, sought); !read.ok())
    return read.error();
  if (!query.word.empty()) sought.id = idTerm(key, query.word);
  if (!query.number.empty()) sought.terms.push_back(numberTerm(key, number));
  if (!query.region.empty()) sought.terms.push_back(regionTerm(query.region));
  if (Result<void> read = readText(query, settings.words, sought); !read.ok()) return read.error();
  return sought;
}

bool isCalled(std::string_view id, const Envelope& record,
              const std::vector<Delivery>& deliveries) {
  return record.key == id || record.sourceId == id ||
         std::any_of(deliveries.begin(), deliveries.end(),
                     [&](const Delivery& one) { return one.receipt == id; });
}

bool idStandsIn(std::string_view event, std::string_view id) {
  return event.find(quotedText(id)) != std::string_view::npos;
}

}  // namespace lianqiao::history
