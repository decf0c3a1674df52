#include "reconcile/our_side.h"

#include <algorithm>
#include <charconv>

#include "base/rfc3339.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/time.h"
#include "reconcile/comparison.h"

namespace lianqiao::reconcile {
namespace {

using namespace std::chrono_literals;
using history::DeliveryState;
using history::Envelope;

constexpr std::string_view kSent = "sent.";

std::chrono::minutes offsetOf(std::string_view zone) {
  return parseOffset(zone).value_or(std::chrono::minutes(kChinaOffset));
}

bool isSent(const std::string& word) { return word.starts_with(kSent); }

/// The text of what stands at a dotted path: as sent, and compact where it is no single value.
std::string textAt(const json::Value& root, std::string_view path) {
  const json::Value* at = &root;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = at->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  if (at == nullptr || at->isNull()) return {};
  if (at->isString() || at->isNumber()) return std::string(at->text());
  return json::write(*at);
}

/// Shown record by record, it fills our day.
class DayFiller final : public history::ScanVisitor {
 public:
  DayFiller(const config::ReconciledWay& way, const HeldQuery& query, std::chrono::minutes zone,
            WallTime now, const AsSent& asSent, OurSide& into)
      : way_(way), query_(query), zone_(zone), now_(now), asSent_(asSent), into_(into) {
    readsContents_ =
        !way.fields.empty() || !way.revision.empty() || isSent(way.day) || isSent(way.identity);
  }

  Wish look(const Envelope& record, const history::Delivery* owed) override {
    if (into_.day.size() >= kMostThings) {
      tooMany_ = true;
      return Wish::end;
    }
    if (!query_.sentToUs && (owed == nullptr || owed->state == DeliveryState::closed))
      return Wish::next;
    thing_ = OurThing();
    thing_.record = record.id;
    thing_.type = record.type;
    const bool onItsWay = owed != nullptr && (owed->state == DeliveryState::owed ||
                                              owed->state == DeliveryState::retrying);
    if (onItsWay) thing_.state = OurThing::State::open;
    thing_.at = way_.day == "happened" ? record.happened : record.accepted;
    const bool delivered = owed != nullptr && owed->state == DeliveryState::delivered;
    if (delivered) thing_.confirmed = owed->at;
    // What has not been delivered counts to the day on which it was accepted.
    if (way_.day == "delivered" && delivered) thing_.at = owed->at;
    if (way_.identity == "sourceid") thing_.identity = record.sourceId;
    if (way_.identity == "key") thing_.identity = record.key;
    if (way_.identity == "receipt" && owed != nullptr) thing_.identity = owed->receipt;
    if (!isSent(way_.day) && !concerns()) return Wish::next;
    if (readsContents_) return Wish::contents;
    thing_.content = heldContent({});
    add();
    return Wish::next;
  }

  void take(std::string_view event, std::string_view body) override {
    if (!readContents(event, body)) {
      ++into_.uncompared;
      thing_.content.clear();
      if (isSent(way_.day)) return;
    }
    if (concerns()) add();
  }

  [[nodiscard]] bool tooMany() const { return tooMany_; }

 private:
  bool readContents(std::string_view event, std::string_view body) {
    if (event.empty()) return false;
    std::string text(body);
    if (!query_.sentToUs) {
      auto payload = asSent_(event);
      if (!payload) return false;
      text = std::move(*payload);
    }
    if (!json::parse(text, document_)) return false;
    const json::Value& sent = document_.root;
    if (isSent(way_.day)) {
      const auto at = momentOf(textAt(sent, way_.day.substr(kSent.size())), zone_);
      if (!at) return false;
      thing_.at = *at;
    }
    if (isSent(way_.identity)) thing_.identity = textAt(sent, way_.identity.substr(kSent.size()));
    if (!way_.revision.empty()) thing_.revision = textAt(sent, way_.revision);
    std::vector<std::string> fields;
    for (const std::string& path : way_.fields) fields.push_back(textAt(sent, path));
    for (const std::string& field : fields) thing_.fields.push_back(fieldDigest(field));
    thing_.content = heldContent(fields);
    return true;
  }

  /// Of the day, or near enough that the other side may count it so.
  [[nodiscard]] bool concerns() const {
    return thing_.at >= query_.begin - way_.settle && thing_.at < query_.end + way_.settle;
  }

  void add() {
    // What the other side knows by no name is what it lacks.
    if (thing_.identity.empty()) thing_.identity = thing_.record;
    const bool ofTheDay = thing_.at >= query_.begin && thing_.at < query_.end;
    if (!ofTheDay) {
      thing_.state = OurThing::State::beside;
    } else if (thing_.at > now_ - way_.settle) {
      thing_.state = OurThing::State::open;
    }
    into_.day.add(std::move(thing_));
  }

  const config::ReconciledWay& way_;
  const HeldQuery& query_;
  const std::chrono::minutes zone_;
  const WallTime now_;
  const AsSent& asSent_;
  OurSide& into_;
  bool readsContents_ = false;
  bool tooMany_ = false;
  OurThing thing_;
  json::Document document_;
};

/// When a record of the day may have been accepted.
history::Scan scanOf(const config::ReconciledWay& way, const HeldQuery& query,
                     std::string_view peer) {
  const bool byAcceptance = way.day == "accepted";
  const std::chrono::milliseconds before = byAcceptance ? way.settle : way.window;
  const bool notAfter = byAcceptance || way.day == "delivered";
  return {std::string(peer), !query.sentToUs, way.types, query.begin - before,
          query.end + (notAfter ? way.settle : way.window)};
}

}  // namespace

Result<HeldQuery> queryOf(const config::Reconciliation& settings, bool out, std::string_view day) {
  if (!base::isDate(day))
    return Error{codes::kMalformed, "A day is written YYYY-MM-DD, such as 2026-11-30."};
  const auto midnight = *base::parseTime(std::string(day) + "T00:00:00Z") - offsetOf(settings.zone);
  HeldQuery query;
  query.day = day;
  query.begin = midnight;
  query.end = midnight + 24h;
  query.sentToUs = !out;
  const auto& way = out ? settings.out : settings.in;
  if (way) query.fields = way->fields;
  if (way) query.revision = way->revision;
  return query;
}

Result<OurSide> readOurSide(history::HistoryStore& store, std::string_view peer,
                            const config::ReconciledWay& way, const HeldQuery& query,
                            std::string_view zone, WallTime now, const AsSent& asSent) {
  OurSide made;
  DayFiller filler(way, query, offsetOf(zone), now, asSent, made);
  if (auto scanned = store.scan(scanOf(way, query, peer), filler); !scanned) return scanned.error();
  if (filler.tooMany())
    return Error{codes::kReconcileTooMany, "We hold more than " + std::to_string(kMostThings) +
                                               " things of one day; compare fewer types."};
  made.day.seal();
  return made;
}

std::optional<WallTime> momentOf(std::string_view text, std::chrono::minutes zone) {
  if (const auto exact = base::parseTime(text)) return exact;
  if (!text.empty() && std::all_of(text.begin(), text.end(), isDigit)) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc()) return std::nullopt;
    if (text.size() == 10) return WallTime(std::chrono::seconds(number));
    if (text.size() == 13) return WallTime(std::chrono::milliseconds(number));
    return std::nullopt;
  }
  constexpr std::size_t kDate = 10;
  std::string whole(text);
  if (whole.size() == kDate) whole += "T00:00:00";
  if (whole.size() == 16) whole += ":00";
  if (whole.size() > kDate && whole[kDate] == ' ') whole[kDate] = 'T';
  const auto local = base::parseTime(whole + "Z");
  return local ? std::optional(*local - zone) : std::nullopt;
}

}  // namespace lianqiao::reconcile
