#include "history_sqlite/sent_file.h"

namespace lianqiao::history {

using sqlite::Fault;
using sqlite::Statement;

namespace {

constexpr std::string_view kSentEnd = ".sent";
constexpr const char* kSentTables =
    "CREATE TABLE sent(record BLOB NOT NULL, peer TEXT NOT NULL, block INTEGER NOT NULL,"
    " place INTEGER NOT NULL, PRIMARY KEY(record, peer)) WITHOUT ROWID;"
    "CREATE TABLE block(number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);";

}  // namespace

std::optional<Month> SentFile::monthOf(std::string_view file) {
  if (!file.ends_with(kSentEnd)) return std::nullopt;
  return Month::named(file.substr(0, file.size() - kSentEnd.size()));
}

std::string SentFile::nameOf(const Month& month) { return month.name().append(kSentEnd); }

std::unique_ptr<SentFile> SentFile::open(const std::filesystem::path& folder, const Month& month,
                                         Opening opening, Failure& failure) {
  auto database = openFile(folder / nameOf(month), opening, kSentTables, failure);
  if (database == nullptr) return nullptr;
  return std::unique_ptr<SentFile>(new SentFile(std::move(database)));
}

bool SentFile::noted(bool done) {
  if (!done) {
    failure_ = Failure::of(*database_);
    if (failure_.fault == Fault::none)
      failure_ = {Fault::damaged, "a block of what was sent is damaged", true};
  }
  return done;
}

bool SentFile::add(const std::vector<const SentPayload*>& payloads) {
  if (!noted(database_->run("BEGIN IMMEDIATE"))) return false;
  if (noted(addAll(payloads) && database_->run("COMMIT"))) return true;
  database_->run("ROLLBACK");
  return false;
}

bool SentFile::addAll(const std::vector<const SentPayload*>& payloads) {
  std::int64_t number = database_->number("SELECT coalesce(max(number), 0) FROM block") + 1;
  Statement row(*database_, "INSERT OR REPLACE INTO sent VALUES(?,?,?,?)");
  BlockMaker block;
  for (const SentPayload* one : payloads) {
    const auto id = PackedId::read(one->record);
    if (!id) continue;
    if (block.full()) {
      if (!addBlock(block, number++)) return false;
      block.clear();
    }
    const std::string bytes = id->bytes();
    row.bindBytes(1, bytes).bindText(2, one->peer).bind(3, number);
    if (!row.bind(4, static_cast<std::int64_t>(block.count())).run()) return false;
    block.add(one->payload, {}, {});
  }
  return block.count() == 0 || addBlock(block, number);
}

bool SentFile::addBlock(const BlockMaker& block, std::int64_t number) {
  const std::string bytes = block.pack();
  Statement row(*database_, "INSERT INTO block VALUES(?,?)");
  return row.bind(1, number).bindBytes(2, bytes).run();
}

bool SentFile::find(const PackedId& record, std::string_view peer,
                    std::optional<std::string>& into) {
  const std::string id = record.bytes();
  Statement row(*database_,
                "SELECT sent.place, block.bytes FROM sent JOIN block ON block.number=sent.block"
                " WHERE record=? AND peer=?");
  if (!row.bindBytes(1, id).bindText(2, peer).row()) return noted(row.ended());
  auto contents = unpackBlock(row.bytes(1));
  const auto place = static_cast<std::size_t>(row.integer(0));
  if (!contents || place >= contents->size()) return noted(false);
  // What was erased is none.
  if (!(*contents)[place].event.empty()) into = std::move((*contents)[place].event);
  return true;
}

bool SentFile::erase(const std::vector<PackedId>& records) {
  database_->run("PRAGMA secure_delete=ON");
  bool done = database_->run("BEGIN IMMEDIATE");
  for (const PackedId& record : records) {
    if (!done) break;
    const std::string id = record.bytes();
    Statement places(*database_, "SELECT block, place FROM sent WHERE record=?");
    places.bindBytes(1, id);
    while (done && places.row()) done = blank(places.integer(0), places.integer(1));
    done = done && places.ended() &&
           Statement(*database_, "DELETE FROM sent WHERE record=?").bindBytes(1, id).run();
  }
  if (!noted(done && database_->run("COMMIT"))) {
    database_->run("ROLLBACK");
    return false;
  }
  // The log holds the former pages until it is cut.
  Statement cut(*database_, "PRAGMA wal_checkpoint(TRUNCATE)");
  if (cut.row() && cut.integer(0) == 0) return true;
  failure_ = {Fault::busy, "it is being read"};
  return false;
}

bool SentFile::blank(std::int64_t block, std::int64_t place) {
  Statement look(*database_, "SELECT bytes FROM block WHERE number=?");
  if (!look.bind(1, block).row()) return false;
  const auto contents = unpackBlock(look.bytes(0));
  look.reset();
  if (!contents || static_cast<std::size_t>(place) >= contents->size()) return false;
  BlockMaker maker;
  for (std::size_t i = 0; i < contents->size(); ++i)
    maker.add(static_cast<std::int64_t>(i) == place ? std::string_view() : (*contents)[i].event, {},
              {});
  const std::string bytes = maker.pack();
  Statement row(*database_, "UPDATE block SET bytes=? WHERE number=?");
  return row.bindBytes(1, bytes).bind(2, block).run();
}

bool SentFile::verify(std::uint64_t& payloads) {
  Statement check(*database_, "PRAGMA quick_check(1)");
  if (!check.row() || check.bytes(0) != "ok") {
    failure_ = {Fault::damaged, "its pages are damaged"};
    return false;
  }
  Statement blocks(*database_, "SELECT bytes FROM block");
  while (blocks.row()) {
    const auto contents = unpackBlock(blocks.bytes(0));
    if (!contents) return noted(false);
    payloads += contents->size();
  }
  return noted(blocks.ended());
}

}  // namespace lianqiao::history
