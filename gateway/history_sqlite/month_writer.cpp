#include "history_sqlite/month_writer.h"

#include <charconv>

#include "history/terms.h"
#include "record/redact.h"

namespace lianqiao::history {

using sqlite::Database;
using sqlite::Fault;
using sqlite::Statement;

namespace {

constexpr std::size_t kDetailBytes = 1024;

}  // namespace

std::unique_ptr<MonthWriter> MonthWriter::open(const std::filesystem::path& file,
                                               const Month& month, NodeKey& key, bool words,
                                               Failure& failure) {
  auto database = openMonth(file, Opening::make, failure);
  if (database == nullptr) return nullptr;
  const auto position = readPosition(*database);
  if (!position) {
    failure = Failure::of(*database);
    if (failure.fault == Fault::none) failure = {Fault::damaged, "it has no position"};
    return nullptr;
  }
  std::unique_ptr<MonthWriter> writer(new MonthWriter(std::move(database), month, key, words));
  writer->position_ = *position;
  writer->gone_ = writer->database_->number("SELECT gone FROM position");
  return writer;
}

MonthWriter::MonthWriter(std::unique_ptr<Database> database, const Month& month, NodeKey& key,
                         bool words)
    : database_(std::move(database)),
      month_(month),
      key_(key),
      words_(words),
      word_(*database_),
      index_(*database_),
      insertRecord_(*database_,
                    "INSERT INTO record VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                    " ON CONFLICT DO NOTHING"),
      fillRecord_(*database_,
                  "UPDATE record SET id=?2, peer=?3, type=?4, key=?5, source=?6, revision=?7,"
                  " accepted=?8, happened=?9, division=?10, grid=?11, flags=?13,"
                  " block=?14, place=?15, destinations=?16,"
                  " configuration=CASE ?12 WHEN 0 THEN configuration ELSE ?12 END WHERE number=?1"),
      lookRecord_(*database_, "SELECT id, type, flags, block, place FROM record WHERE number=?"),
      insertException_(*database_,
                       "INSERT INTO exception(number, id, peer, code, source, at, record, seen,"
                       " last, contents) VALUES(?,?,?,?,?,?,?,1,?6,?8) ON CONFLICT DO NOTHING"),
      lookException_(*database_, "SELECT id, record, peer FROM exception WHERE number=?") {}

Failure MonthWriter::failure() const {
  if (index_.damaged()) return {Fault::damaged, "a page of its terms is damaged"};
  Failure failure = Failure::of(*database_);
  // Whatever it is, the file is not what SQLite would call damaged.
  if (failure.fault == Fault::none) failure = {Fault::other, "a step does not fit its rows"};
  return failure;
}

bool MonthWriter::begin() { return begun_ = database_->run("BEGIN IMMEDIATE"); }

bool MonthWriter::commit(record::JournalPosition position) {
  if (position < position_) position = position_;
  if (!writeBlock() || !writeDeliveries() || !writeCounts() || !index_.add(postings_) ||
      !writePosition(*database_, position) || !writeGone() || !database_->run("COMMIT"))
    return false;
  begun_ = false;
  blockNumber_ = 0;
  postings_.clear();
  position_ = position;
  return true;
}

/// Moves `number` on to the id's own row, or to the first that is free.
bool MonthWriter::seek(Statement& look, const PackedId& id, std::int64_t& number, bool& found) {
  const std::string bytes = id.bytes();
  for (number = numberOf(id, month_);; ++number) {
    const bool row = look.bind(1, number).row();
    found = row && look.bytes(0) == bytes;
    if (found) return true;
    const bool whole = row || look.ended();
    look.reset();
    if (!whole || !row) return whole;
  }
}

/// Inserts under the id's number; where another id has it, under the next. All else is bound.
MonthWriter::Taken MonthWriter::take(Statement& insert, Statement& look, const PackedId& id,
                                     std::int64_t& number) {
  for (number = numberOf(id, month_);; ++number) {
    if (!insert.bind(1, number).run()) return Taken::failed;
    if (database_->changes() > 0) return Taken::fresh;
    if (!look.bind(1, number).row()) return Taken::failed;
    const bool same = look.bytes(0) == id.bytes();
    if (same) return Taken::known;  // the row stays to be read
    look.reset();
  }
}

std::optional<RecordPlace> MonthWriter::find(const PackedId& id) {
  RecordPlace place;
  bool found = false;
  if (!seek(lookRecord_, id, place.number, found)) return std::nullopt;
  if (!found) return RecordPlace{-1, 0};
  place.type = lookRecord_.integer(1);
  lookRecord_.reset();
  return place;
}

struct MonthWriter::Columns {
  Columns(const NodeKey& node, const PackedId& ofId, const BatchRecord* of)
      : id(ofId),
        bytes(ofId.bytes()),
        content(of),
        key(node, of == nullptr ? std::string_view() : of->content.key),
        source(node, of == nullptr ? std::string_view() : of->particulars.sourceId),
        revision(node, of == nullptr ? std::string_view() : of->particulars.revision) {}

  const PackedId& id;
  const std::string bytes;
  const BatchRecord* content;
  const SealedText key, source, revision;
  std::string destinations{};  ///< Their words.
  std::int64_t peer = 0, type = 0, division = 0, grid = 0, configuration = 0, flags = 0;
  Place place{};
};

std::optional<RecordPlace> MonthWriter::accept(const PackedId& id, const BatchRecord* content,
                                               const Step& step, bool counted) {
  Columns columns(key_, id, content);
  columns.configuration = counted ? word_.add(step.configuration) : 0;
  columns.flags = kGone | (counted ? 0 : kUncounted);
  if (content != nullptr) {
    if (!openBlock()) return std::nullopt;
    columns.peer = word_.add(content->content.peer);
    columns.type = word_.add(content->content.type);
    columns.division = word_.add(content->particulars.division);
    columns.grid = word_.add(content->particulars.grid);
    columns.flags = (content->particulars.high ? kHigh : 0) | (counted ? 0 : kUncounted);
    columns.place = nextPlace();
    for (const std::string& to : content->content.destinations)
      appendNumber(static_cast<std::uint64_t>(word_.add(to)), columns.destinations);
  }
  bindRecord(insertRecord_, columns);
  RecordPlace place{0, columns.type};
  const Taken taken = take(insertRecord_, lookRecord_, id, place.number);
  if (taken == Taken::failed) return std::nullopt;
  bool done = false;
  if (taken == Taken::known && !known(place, columns, step, counted, done)) return std::nullopt;
  if (done) return place;
  if (taken == Taken::fresh && counted) count(step, columns.peer, columns.type, Counted::in);
  if (content == nullptr) return ++gone_, place;
  addTerms(place.number, *content, columns.key, columns.source);
  addContents(content->content);
  return place;
}

/// One that is there: done, but where its content was missing and is not now.
bool MonthWriter::known(RecordPlace& place, Columns& columns, const Step& step, bool counted,
                        bool& done) {
  const std::int64_t flags = lookRecord_.integer(2);
  const std::int64_t type = lookRecord_.integer(1);
  lookRecord_.reset();
  done = (flags & kGone) == 0 || columns.content == nullptr;
  if (done) place.type = type;
  if ((flags & kUncounted) != 0 && counted) {
    count(step, columns.peer, columns.type, Counted::in);
    Statement set(*database_, "UPDATE record SET flags=flags&~?, configuration=? WHERE number=?");
    set.bind(1, kUncounted).bind(2, columns.configuration).bind(3, place.number);
    if (!set.run()) return false;
  }
  if (done) return true;
  --gone_;
  // Whether it counts is what the row has said, or says from now on.
  columns.flags &= ~kUncounted;
  if (!counted) columns.flags |= flags & kUncounted;
  bindRecord(fillRecord_, columns);
  return fillRecord_.bind(1, place.number).run();
}

void MonthWriter::bindRecord(Statement& statement, const Columns& columns) const {
  statement.bindBytes(2, columns.bytes).bind(3, columns.peer).bind(4, columns.type);
  columns.key.bindTo(statement, 5);
  columns.source.bindTo(statement, 6);
  columns.revision.bindTo(statement, 7);
  const bool gone = columns.content == nullptr;
  const std::int64_t made = millisOf(columns.id.time());
  statement.bind(8, gone ? made : millisOf(columns.content->content.accepted));
  statement.bind(9, gone ? made : millisOf(columns.content->particulars.happened));
  statement.bind(10, columns.division).bind(11, columns.grid).bind(12, columns.configuration);
  statement.bind(13, columns.flags).bind(14, columns.place.block).bind(15, columns.place.place);
  statement.bindBytes(16, columns.destinations);
}

void MonthWriter::addTerms(std::int64_t number, const BatchRecord& content, const SealedText& key,
                           const SealedText& source) {
  terms_.clear();
  if (!source.clear().empty()) terms_.push_back(idTerm(key_, source.clear(), source.isSealed()));
  if (!key.clear().empty() && key.clear() != source.clear())
    terms_.push_back(idTerm(key_, key.clear(), key.isSealed()));
  appendTerms(key_, content.particulars, words_, terms_);
  for (const std::uint64_t term : terms_) postings_.push_back({term, number * 2});
}

bool MonthWriter::update(const RecordPlace& place, const BatchRecord* content, const Step& step) {
  if (!lookRecord_.bind(1, place.number).row()) return false;
  const auto id = PackedId::ofBytes(lookRecord_.bytes(0));
  const bool gone = (lookRecord_.integer(2) & kGone) != 0;
  lookRecord_.reset();
  if (content != nullptr && gone) {
    // Its first content, so far as the history knows.
    if (!id || !accept(*id, content, step, false)) return false;
    content = nullptr;
  }
  if (content == nullptr) {
    Statement flag(*database_, "UPDATE record SET flags=flags|? WHERE number=?");
    return flag.bind(1, kUpdated).bind(2, place.number).run();
  }
  Statement former(*database_,
                   "INSERT OR IGNORE INTO former SELECT number, block, place FROM record"
                   " WHERE number=?");
  Statement set(*database_,
                "UPDATE record SET block=?, place=?, revision=?, happened=?, flags=flags|?"
                " WHERE number=?");
  if (!former.bind(1, place.number).run() || !openBlock()) return false;
  const Place next = nextPlace();
  const SealedText revision(key_, content->particulars.revision);
  revision.bindTo(set, 3);
  set.bind(1, next.block).bind(2, next.place).bind(4, millisOf(content->particulars.happened));
  if (!set.bind(5, kUpdated).bind(6, place.number).run()) return false;
  addTerms(place.number, *content, SealedText(key_, content->content.key),
           SealedText(key_, content->particulars.sourceId));
  addContents(content->content);
  return true;
}

bool MonthWriter::repeat(const RecordPlace& place, std::string_view peer, const Step& step) {
  const std::int64_t from = word_.add(peer);
  Statement row(*database_,
                "INSERT INTO repetition VALUES(?,?,1,?3,?3)"
                " ON CONFLICT DO UPDATE SET times=times+1, last=?3");
  count(step, from, place.type, Counted::duplicate);
  return row.bind(1, place.number).bind(2, from).bind(3, millisOf(step.at)).run();
}

bool MonthWriter::attempt(const RecordPlace& place, const record::Attempt& attempt,
                          const Step& step) {
  using Verdict = record::Attempt::Verdict;
  const std::int64_t peer = word_.add(attempt.peer);
  if (peer == 0) return false;
  if (attempt.verdict == Verdict::resent)
    return settle(place, attempt.peer, DeliveryState::owed, step) && failed(place, attempt, step);
  Row& row = deliveries_[{place.number, peer}];
  row.state = attempt.verdict == Verdict::delivered ? DeliveryState::delivered
              : attempt.verdict == Verdict::buried  ? DeliveryState::buried
                                                    : DeliveryState::retrying;
  row.at = millisOf(step.at);
  row.attempts = attempt.number;
  row.code = word_.add(attempt.code);
  row.receipt = attempt.receipt;
  row.digest = digestNumber(attempt.digest);
  row.configuration = word_.add(step.configuration);
  // That it was buried once is told of one that went on, too.
  if (const auto exception = PackedId::read(attempt.exception)) row.exception = exception->bytes();
  if (attempt.verdict != Verdict::delivered) return failed(place, attempt, step);
  if (!attempt.receipt.empty())
    postings_.push_back({idTerm(key_, attempt.receipt), place.number * 2});
  count(step, peer, place.type, Counted::out);
  return true;
}

std::int64_t digestNumber(std::string_view digest) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digest.data(), digest.data() + digest.size(), number, 16);
  const bool whole = error == std::errc() && end == digest.data() + digest.size();
  return whole ? static_cast<std::int64_t>(number) : 0;
}

bool MonthWriter::failed(const RecordPlace& place, const record::Attempt& attempt,
                         const Step& step) {
  const std::int64_t peer = word_.add(attempt.peer);
  if (attempt.verdict == record::Attempt::Verdict::buried)
    count(step, peer, place.type, Counted::buried);
  Statement row(*database_, "INSERT OR REPLACE INTO attempt VALUES(?,?,?,?,?,?,?,?,?)");
  const std::string detail = record::maskedStart(attempt.detail, kDetailBytes);
  row.bind(1, place.number).bind(2, millisOf(step.at)).bind(3, peer).bind(4, attempt.number);
  row.bind(5, static_cast<std::int64_t>(attempt.verdict)).bind(6, word_.add(attempt.code));
  row.bindText(7, detail).bind(8, word_.add(step.configuration));
  return row.bindText(9, attempt.answer).run();
}

bool MonthWriter::settle(const RecordPlace& place, std::string_view peer, DeliveryState state,
                         const Step& step) {
  const std::int64_t to = word_.add(peer);
  const auto now = deliveries_.find({place.number, to});
  if (now != deliveries_.end()) {
    now->second.state = state;
    now->second.at = millisOf(step.at);
    return true;
  }
  Statement row(*database_, "UPDATE delivery SET state=?, at=? WHERE record=? AND peer=?");
  row.bind(1, static_cast<std::int64_t>(state)).bind(2, millisOf(step.at));
  return row.bind(3, place.number).bind(4, to).run();
}

void MonthWriter::count(const Step& step, std::int64_t peer, std::int64_t type, Counted what) {
  ++counts_[{step.day, peer, type, static_cast<std::int64_t>(what)}];
}

}  // namespace lianqiao::history
