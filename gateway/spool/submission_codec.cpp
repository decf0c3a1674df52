#include "spool/submission_codec.h"

#include <chrono>

#include "lianqiao/digest.h"

namespace lianqiao::spool {
namespace {

constexpr char kVersion = 3;
constexpr char kFirstVersion = 1;   // without when it happened, rights and force
constexpr char kSecondVersion = 2;  // steps of work orders alone, no references, nothing derived
constexpr std::size_t kEntryOverhead = 128;  // lengths and numbers of an entry, at most

enum class Kind : char { nothing = 0, record = 1, quarantined = 2 };

class Writer {
 public:
  void byte(char value) { out_.push_back(value); }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  void reserve(std::size_t size) { out_.reserve(size); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// After a failure everything reads as empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  char byte() {
    if (rest_.empty()) return fail(), '\0';
    const char value = rest_.front();
    rest_.remove_prefix(1);
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto part = static_cast<unsigned char>(byte());
      value |= std::uint64_t{part & 0x7Fu} << shift;
      if (part < 0x80) return value;
    }
    return fail(), 0;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) return fail(), std::string();
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  /// Of things that take a byte each, at least.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > rest_.size()) return fail(), 0;
    return value;
  }
  void fail() {
    failed_ = true;
    rest_ = {};
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool whole() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

void write(Writer& out, const record::Record& record) {
  out.text(record.id);
  out.text(record.peer);
  out.text(record.type);
  out.text(record.key);
  out.text(record.sourceId);
  out.text(record.revision);
  out.number(static_cast<std::uint64_t>(record.priority));
  out.number(static_cast<std::uint64_t>(record.received.time_since_epoch().count()));
  out.text(record.fingerprint);
  out.text(record.event);
  out.number(record.destinations.size());
  for (const std::string& peer : record.destinations) out.text(peer);
  out.text(record.lifeOf);
  out.text(record.step);
  out.byte(record.happened ? 1 : 0);
  if (record.happened) {
    out.number(static_cast<std::uint64_t>(record.happened->time.time_since_epoch().count()));
    out.number(static_cast<std::uint64_t>(record.happened->unit.count()));
  }
  out.byte(record.namesKey ? 1 : 0);
  out.number(record.keyHolders.size());
  for (const std::string& peer : record.keyHolders) out.text(peer);
  out.text(record.formerFingerprint);
  out.text(record.rest);
  out.text(record.reference);
  out.text(record.cause);
}

std::chrono::milliseconds readMillis(Reader& in) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(in.number()));
}

void readRights(Reader& in, record::Record& record) {
  if (in.byte() != 0) {
    const WallTime time(readMillis(in));
    record.happened = record::Happened{time, readMillis(in)};
  }
  record.namesKey = in.byte() != 0;
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left)
    record.keyHolders.push_back(in.text());
}

record::Record readRecord(Reader& in, char version) {
  record::Record record;
  record.id = in.text();
  record.peer = in.text();
  record.type = in.text();
  record.key = in.text();
  record.sourceId = in.text();
  record.revision = in.text();
  const std::uint64_t priority = in.number();
  if (priority > static_cast<std::uint64_t>(record::Priority::high)) in.fail();
  record.priority = priority == 1 ? record::Priority::high : record::Priority::normal;
  record.received = WallTime(readMillis(in));
  record.fingerprint = in.text();
  record.event = in.text();
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left)
    record.destinations.push_back(in.text());
  if (version > kSecondVersion) record.lifeOf = in.text();
  record.step = in.text();
  if (version <= kSecondVersion && !record.step.empty()) record.lifeOf = "work_order";
  if (version > kFirstVersion) {
    readRights(in, record);
    record.formerFingerprint = in.text();
    record.rest = in.text();
    if (version > kSecondVersion) {
      record.reference = in.text();
      record.cause = in.text();
    }
  } else {
    record.formerFingerprint = record.fingerprint;  // it is of the rule of its time
  }
  return record;
}

void write(Writer& out, const queue::Quarantined& item) {
  out.text(item.id);
  out.text(item.peer);
  out.text(item.sourceId);
  out.text(item.origin);
  out.text(item.code);
  out.number(item.problems.size());
  for (const Problem& problem : item.problems) {
    out.text(problem.code);
    out.text(problem.path);
    out.text(problem.message);
  }
  out.text(item.awaits);
  if (item.awaits.empty()) return;
  out.number(static_cast<std::uint64_t>(item.until.time_since_epoch().count()));
  out.number(item.most);
}

queue::Quarantined readQuarantined(Reader& in, char version) {
  queue::Quarantined item;
  item.id = in.text();
  item.peer = in.text();
  item.sourceId = in.text();
  item.origin = in.text();
  item.code = in.text();
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) {
    Problem& problem = item.problems.emplace_back();
    problem.code = in.text();
    problem.path = in.text();
    problem.message = in.text();
  }
  if (version <= kSecondVersion) return item;
  item.awaits = in.text();
  if (item.awaits.empty()) return item;
  item.until = WallTime(readMillis(in));
  item.most = in.number();
  return item;
}

void write(Writer& out, const queue::Entry& entry) {
  const Kind kind = entry.record        ? Kind::record
                    : entry.quarantined ? Kind::quarantined
                                        : Kind::nothing;
  out.byte(static_cast<char>(kind));
  if (entry.record) {
    write(out, *entry.record);
  } else if (entry.quarantined) {
    write(out, *entry.quarantined);
  }
  out.text(entry.body);
  out.text(entry.evidence);
  out.byte(entry.forced ? 1 : 0);
  out.byte(static_cast<char>(entry.level));
  out.number(entry.derived.size());
  for (const queue::Entry& one : entry.derived) write(out, one);
  out.number(entry.joins.size());
  for (const queue::Entry& one : entry.joins) write(out, one);
  out.text(entry.alike);
  out.number(static_cast<std::uint64_t>(entry.within.count()));
}

/// `derived`: it is none of the submission's own, and has none in turn.
queue::Entry readEntry(Reader& in, char version, bool derived) {
  queue::Entry entry;
  const char kind = in.byte();
  if (kind == static_cast<char>(Kind::record)) {
    entry.record = readRecord(in, version);
  } else if (kind == static_cast<char>(Kind::quarantined)) {
    entry.quarantined = readQuarantined(in, version);
  } else if (kind != static_cast<char>(Kind::nothing)) {
    in.fail();
  }
  entry.body = in.text();
  entry.evidence = in.text();
  if (version > kFirstVersion) entry.forced = in.byte() != 0;
  if (version <= kSecondVersion) return entry;
  entry.level = in.byte();
  const std::size_t count = in.count();
  const bool isLevel =
      derived ? entry.level >= 1 && entry.level <= queue::Entry::kMostLevels : entry.level == 0;
  if (!isLevel || (derived && count > 0)) in.fail();
  for (std::size_t i = 0; i < count && !in.failed(); ++i)
    entry.derived.push_back(readEntry(in, version, true));
  const std::size_t joins = in.count();
  if (joins > (derived ? 1 : 0)) in.fail();
  if (joins == 1 && !in.failed()) {
    entry.joins.push_back(readEntry(in, version, true));
    if (!entry.joins.front().record) in.fail();
  }
  entry.alike = in.text();
  entry.within = readMillis(in);
  return entry;
}

std::size_t sizeOf(const queue::Entry& entry) {
  std::size_t size = kEntryOverhead + entry.body.size() + entry.evidence.size();
  if (entry.record) {
    const record::Record& record = *entry.record;
    size += record.id.size() + record.peer.size() + record.type.size() + record.key.size() +
            record.sourceId.size() + record.revision.size() + record.fingerprint.size() +
            record.event.size() + record.step.size() + record.formerFingerprint.size() +
            record.rest.size() + record.reference.size() + record.cause.size();
    for (const std::string& peer : record.destinations) size += peer.size() + 2;
    for (const std::string& peer : record.keyHolders) size += peer.size() + 2;
  } else if (entry.quarantined) {
    const queue::Quarantined& item = *entry.quarantined;
    size += item.id.size() + item.peer.size() + item.sourceId.size() + item.origin.size() +
            item.code.size() + item.awaits.size();
    for (const Problem& problem : item.problems)
      size += problem.code.size() + problem.path.size() + problem.message.size() + 15;
  }
  for (const queue::Entry& one : entry.derived) size += sizeOf(one);
  for (const queue::Entry& one : entry.joins) size += sizeOf(one);
  return size + entry.alike.size();
}

}  // namespace

std::string encode(const queue::Submission& submission) {
  Writer out;
  out.reserve(sizeOf(submission));
  out.byte(kVersion);
  out.number(submission.entries.size());
  for (const queue::Entry& entry : submission.entries) write(out, entry);
  return out.take();
}

std::optional<queue::Submission> decode(std::string_view bytes) {
  Reader in(bytes);
  const char version = in.byte();
  if (version < kFirstVersion || version > kVersion) return std::nullopt;
  queue::Submission submission;
  const std::size_t count = in.count();
  for (std::size_t i = 0; i < count; ++i) {
    submission.entries.push_back(readEntry(in, version, false));
    if (in.failed()) return std::nullopt;
  }
  if (!in.whole()) return std::nullopt;
  return submission;
}

std::size_t sizeOf(const queue::Submission& submission) {
  std::size_t size = kEntryOverhead;
  for (const queue::Entry& entry : submission.entries) size += sizeOf(entry);
  return size;
}

std::int64_t checksum(std::string_view bytes) {
  const std::string whole = digest(Hash::sha256, bytes);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < sizeof sum; ++i)
    sum = sum << 8 | static_cast<unsigned char>(whole[i]);
  return static_cast<std::int64_t>(sum);
}

}  // namespace lianqiao::spool
