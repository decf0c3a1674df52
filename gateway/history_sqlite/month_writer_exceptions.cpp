#include <algorithm>

#include "history/terms.h"
#include "history_sqlite/month_writer.h"
#include "record/person_numbers.h"
#include "record/redact.h"

namespace lianqiao::history {

using sqlite::Statement;

bool MonthWriter::quarantine(const PackedId& id, const record::StoredException* content,
                             const Step& step) {
  static const record::StoredException kNone;
  const record::StoredException& exception = content == nullptr ? kNone : *content;
  const std::string bytes = id.bytes();
  const std::int64_t peer = word_.add(exception.peer);
  const SealedText source(key_, exception.sourceId);
  BlockMaker contents;
  contents.add(exception.detail, exception.body, exception.evidence, exception.origin);
  const std::string packed = content == nullptr ? "" : contents.pack();
  insertException_.bindBytes(2, bytes).bind(3, peer).bind(4, word_.add(exception.code));
  source.bindTo(insertException_, 5);
  insertException_.bind(6, millisOf(content == nullptr ? step.at : exception.at)).bindNull(7);
  insertException_.bindBytes(8, packed);
  std::int64_t number = 0;
  const Taken taken = take(insertException_, lookException_, id, number);
  lookException_.reset();
  if (taken != Taken::fresh) return taken == Taken::known;
  count(step, peer, 0, Counted::quarantined);
  if (!exception.sourceId.empty())
    postings_.push_back({idTerm(key_, exception.sourceId), number * 2 + 1});
  addNumbers(exception, number);
  return true;
}

/// Of an item that no schema has read: what looks like a number of a person.
void MonthWriter::addNumbers(const record::StoredException& exception, std::int64_t number) {
  terms_.clear();
  for (const std::string_view text :
       {std::string_view(exception.body), std::string_view(exception.evidence),
        std::string_view(exception.detail)})
    for (const std::string& one : record::personNumbers(text)) appendNumberTerms(key_, one, terms_);
  std::sort(terms_.begin(), terms_.end());
  terms_.erase(std::unique(terms_.begin(), terms_.end()), terms_.end());
  for (const std::uint64_t term : terms_) postings_.push_back({term, number * 2 + 1});
}

bool MonthWriter::bury(const PackedId& id, const PackedId& record, const record::Attempt& attempt,
                       const Step& step) {
  const std::string bytes = id.bytes();
  const std::string about = record.bytes();
  insertException_.bindBytes(2, bytes).bind(3, word_.add(attempt.peer));
  insertException_.bind(4, word_.add(attempt.code)).bindNull(5).bind(6, millisOf(step.at));
  insertException_.bindBytes(7, about).bindBytes(8, "");
  std::int64_t number = 0;
  const Taken taken = take(insertException_, lookException_, id, number);
  lookException_.reset();
  return taken != Taken::failed;
}

bool MonthWriter::seenAgain(const PackedId& id, const Step& step) {
  std::int64_t number = 0;
  bool found = false;
  if (!seek(lookException_, id, number, found)) return false;
  lookException_.reset();
  if (!found) return quarantine(id, nullptr, step);
  Statement row(*database_, "UPDATE exception SET seen=seen+1, last=? WHERE number=?");
  return row.bind(1, millisOf(step.at)).bind(2, number).run();
}

std::optional<EndedException> MonthWriter::about(const PackedId& id) {
  EndedException about;
  std::int64_t number = 0;
  bool found = false;
  if (!seek(lookException_, id, number, found)) return std::nullopt;
  if (!found) return about;
  about.record = PackedId::ofBytes(lookException_.bytes(1));
  about.peer = word_.text(lookException_.integer(2));
  lookException_.reset();
  return about;
}

std::optional<EndedException> MonthWriter::end(const PackedId& id, const record::ExceptionEnd& end,
                                               const Step& step) {
  std::optional<EndedException> ended = about(id);
  if (!ended) return std::nullopt;
  std::int64_t number = 0;
  bool found = false;
  if (!seek(lookException_, id, number, found)) return std::nullopt;
  lookException_.reset();
  // One from before the history began: that it ended is all that is known.
  if (!found && (!quarantine(id, nullptr, step) || !seek(lookException_, id, number, found)))
    return std::nullopt;
  lookException_.reset();
  Statement row(*database_, "UPDATE exception SET ended=?, how=?, note=? WHERE number=?");
  const std::string note = record::maskNumbers(end.note);
  row.bind(1, millisOf(step.at)).bind(2, word_.add(end.how)).bindText(3, note);
  return row.bind(4, number).run() ? ended : std::nullopt;
}

}  // namespace lianqiao::history
