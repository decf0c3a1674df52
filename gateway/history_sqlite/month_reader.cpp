#include "history_sqlite/month_reader.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "history_sqlite/month_writer.h"

namespace lianqiao::history {

using sqlite::Database;
using sqlite::Fault;
using sqlite::Statement;

namespace {

std::string idAt(const Statement& row, int column) {
  const auto id = PackedId::ofBytes(row.bytes(column));
  return id ? id->text() : std::string();
}

}  // namespace

Hit hitOf(const ExceptionTrail& exception) {
  Hit hit;
  hit.exception = true;
  hit.record.id = exception.id;
  hit.record.peer = exception.peer;
  hit.record.sourceId = exception.sourceId;
  hit.record.accepted = exception.at;
  return hit;
}

std::unique_ptr<MonthReader> MonthReader::open(const std::filesystem::path& file,
                                               const Month& month, const NodeKey& key,
                                               Failure& failure) {
  auto database = openMonth(file, Opening::there, failure);
  // Many stay open, each with its pages.
  if (database == nullptr) return nullptr;
  database->run("PRAGMA cache_size=-1024");
  return std::unique_ptr<MonthReader>(new MonthReader(std::move(database), month, key));
}

MonthReader::MonthReader(std::unique_ptr<Database> database, const Month& month, const NodeKey& key)
    : database_(std::move(database)),
      month_(month),
      key_(key),
      word_(*database_),
      index_(*database_) {}

Failure MonthReader::failure() const {
  if (damaged_) return {Fault::damaged, "a block of it is damaged", true};
  if (index_.damaged()) return {Fault::damaged, "a page of its terms is damaged", true};
  return Failure::of(*database_);
}

bool MonthReader::forget() {
  blockNumber_ = 0;
  block_ = {};
  return !damaged_ && failure().fault == Fault::none;
}

std::optional<std::int64_t> MonthReader::seek(const char* sql, const PackedId& id) {
  Statement look(*database_, sql);
  const std::string bytes = id.bytes();
  for (std::int64_t number = numberOf(id, month_);; ++number) {
    if (!look.bind(1, number).row()) return look.ended() ? std::optional(-1L) : std::nullopt;
    if (look.bytes(0) == bytes) return number;
    look.reset();
  }
}

std::optional<std::int64_t> MonthReader::numberOfRecord(const PackedId& id) {
  return seek("SELECT id FROM record WHERE number=?", id);
}

std::optional<std::int64_t> MonthReader::numberOfException(const PackedId& id) {
  return seek("SELECT id FROM exception WHERE number=?", id);
}

MonthReader::Row MonthReader::rowOf(const Statement& row) {
  Row read;
  read.number = row.integer(0);
  Envelope& envelope = read.envelope;
  envelope.id = idAt(row, 1);
  envelope.peer = word_.text(row.integer(2));
  envelope.type = word_.text(row.integer(3));
  envelope.key = SealedText::read(key_, row, 4);
  envelope.sourceId = SealedText::read(key_, row, 5);
  envelope.revision = SealedText::read(key_, row, 6);
  envelope.accepted = timeAt(row.integer(7));
  envelope.happened = timeAt(row.integer(8));
  envelope.division = word_.text(row.integer(9));
  envelope.grid = word_.text(row.integer(10));
  envelope.configuration = word_.text(row.integer(11));
  const std::int64_t flags = row.integer(12);
  envelope.high = (flags & kHigh) != 0;
  envelope.gone = (flags & kGone) != 0;
  envelope.updated = (flags & kUpdated) != 0;
  envelope.erased = (flags & kErased) != 0;
  read.block = row.integer(13);
  read.place = row.integer(14);
  read.destinations = row.bytes(15);
  return read;
}

namespace {

std::string digestText(std::int64_t number) {
  if (number == 0) return {};
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

}  // namespace

bool MonthReader::row(std::int64_t number, std::optional<Row>& into) {
  if (!lookRow_) lookRow_.emplace(*database_, "SELECT * FROM record WHERE number=?");
  const bool there = lookRow_->bind(1, number).row();
  if (there) into = rowOf(*lookRow_);
  const bool whole = there || lookRow_->ended();
  lookRow_->reset();
  return whole;
}

bool MonthReader::deliveries(const Row& row, std::vector<Delivery>& into) {
  if (!lookDeliveries_)
    lookDeliveries_.emplace(*database_,
                            "SELECT peer, state, at, attempts, code, receipt, exception,"
                            " configuration, digest FROM delivery WHERE record=?");
  Statement& rows = *lookDeliveries_;
  rows.bind(1, row.number);
  while (rows.row()) {
    Delivery& one = into.emplace_back();
    one.peer = word_.text(rows.integer(0));
    one.state = static_cast<DeliveryState>(rows.integer(1));
    one.at = timeAt(rows.integer(2));
    one.attempts = static_cast<int>(rows.integer(3));
    one.code = word_.text(rows.integer(4));
    one.receipt = SealedText::read(key_, rows, 5);
    one.exception = idAt(rows, 6);
    one.configuration = word_.text(rows.integer(7));
    one.digest = digestText(rows.integer(8));
  }
  const bool whole = rows.ended();
  rows.reset();
  for (std::string_view rest = row.destinations; const auto word = takeNumber(rest);) {
    const std::string peer = word_.text(static_cast<std::int64_t>(*word));
    if (std::none_of(into.begin(), into.end(), [&](auto& one) { return one.peer == peer; }))
      into.emplace_back().peer = peer;
  }
  return whole;
}

bool MonthReader::attempts(std::int64_t number, std::vector<FailedAttempt>& into) {
  Statement rows(
      *database_,
      "SELECT at, peer, number, verdict, code, detail, configuration, answer FROM attempt"
      " WHERE record=? ORDER BY at");
  rows.bind(1, number);
  while (rows.row()) {
    FailedAttempt& one = into.emplace_back();
    one.at = timeAt(rows.integer(0));
    one.peer = word_.text(rows.integer(1));
    one.number = static_cast<int>(rows.integer(2));
    one.verdict = static_cast<record::Attempt::Verdict>(rows.integer(3));
    one.code = word_.text(rows.integer(4));
    one.detail = rows.bytes(5);
    one.configuration = word_.text(rows.integer(6));
    one.answer = rows.bytes(7);
  }
  return rows.ended();
}

bool MonthReader::repetitions(std::int64_t number, std::vector<RepetitionCount>& into) {
  Statement rows(*database_, "SELECT peer, times, first, last FROM repetition WHERE record=?");
  rows.bind(1, number);
  while (rows.row())
    into.push_back({word_.text(rows.integer(0)), static_cast<std::uint64_t>(rows.integer(1)),
                    timeAt(rows.integer(2)), timeAt(rows.integer(3))});
  return rows.ended();
}

/// Null where they cannot be read.
const Contents* MonthReader::contents(std::int64_t block, std::int64_t place) {
  if (blockNumber_ != block || block_.empty()) {
    blockNumber_ = block;
    block_.clear();
    Statement look(*database_, "SELECT bytes FROM block WHERE number=?");
    if (look.bind(1, block).row()) {
      if (auto read = unpackBlock(look.bytes(0))) block_ = std::move(*read);
    }
  }
  const auto at = static_cast<std::size_t>(place);
  if (at < block_.size()) return &block_[at];
  damaged_ = true;
  return nullptr;
}

std::optional<Trail> MonthReader::trail(std::int64_t number) {
  std::optional<Row> found;
  if (!row(number, found) || !found) return std::nullopt;
  Trail trail;
  if (!found->envelope.gone) {
    const Contents* read = contents(found->block, found->place);
    found->envelope.gone = read == nullptr;
    if (read != nullptr) trail.event = read->event;
    if (read != nullptr) trail.body = read->body;
    if (read != nullptr) trail.evidence = read->evidence;
  }
  if (!deliveries(*found, trail.deliveries) || !attempts(number, trail.attempts) ||
      !repetitions(number, trail.repetitions))
    return std::nullopt;
  trail.record = std::move(found->envelope);
  for (const Delivery& delivery : trail.deliveries)
    if (!delivery.exception.empty()) trail.exceptions.emplace_back().id = delivery.exception;
  return trail;
}

std::optional<ExceptionTrail> MonthReader::exception(std::int64_t number) {
  Statement look(*database_,
                 "SELECT id, peer, code, record, source, at, seen, last, ended, how, note, contents"
                 " FROM exception WHERE number=?");
  if (!look.bind(1, number).row()) return std::nullopt;
  ExceptionTrail read;
  read.id = idAt(look, 0);
  read.peer = word_.text(look.integer(1));
  read.code = word_.text(look.integer(2));
  read.record = idAt(look, 3);
  read.sourceId = SealedText::read(key_, look, 4);
  read.at = timeAt(look.integer(5));
  read.seen = static_cast<std::uint64_t>(look.integer(6));
  read.last = timeAt(look.integer(7));
  read.ended = timeAt(look.integer(8));
  read.how = word_.text(look.integer(9));
  read.note = look.bytes(10);
  if (look.bytes(11).empty()) return read;
  const auto packed = unpackBlock(look.bytes(11));
  if (!packed || packed->size() != 1) return damaged_ = true, std::nullopt;
  read.detail = packed->front().event;
  read.origin = packed->front().origin;
  read.body = packed->front().body;
  read.evidence = packed->front().evidence;
  return read;
}

bool MonthReader::counts(std::int64_t day, std::vector<DayCount>& into) {
  Statement rows(*database_, "SELECT peer, type, what, number FROM day WHERE day=?");
  rows.bind(1, day);
  while (rows.row())
    into.push_back({word_.text(rows.integer(0)), word_.text(rows.integer(1)),
                    static_cast<Counted>(rows.integer(2)),
                    static_cast<std::uint64_t>(rows.integer(3))});
  return rows.ended();
}

}  // namespace lianqiao::history
