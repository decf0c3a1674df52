#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/rfc3339.h"
#include "history/particulars.h"
#include "history/store.h"
#include "history/store_settings.h"
#include "record/event.h"
#include "support/log_lines.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace lianqiao::history {

inline WallTime timeOf(std::string_view text) { return base::parseTime(text).value(); }

/// Makes records, exceptions and the entries of a journal, as a county's queue would.
class Scribe {
 public:
  explicit Scribe(test::ManualClock& clock, std::uint64_t seed = 7)
      : clock_(clock), ids_(clock, seed), reader_(schemas_) {
    std::vector<Problem> problems;
    schemas_.load(LIANQIAO_SOURCE_DIR "/schemas", problems);
    if (!problems.empty()) throw std::runtime_error(problems[0].message);
  }

  struct Order {
    std::string sourceId = "SL1";
    std::string orderNo{};  ///< Empty: the source id.
    std::string phone = "13800138000";
    std::string content = "小区门口路灯夜间不亮";
    std::string type = "work_order";
    std::string peer = "city";
    std::string key{};
    std::vector<std::string> to = {"county"};
    std::string division = "411702001000";
  };

  std::string id() { return ids_.next(); }

  BatchRecord order(const Order& order, std::string id = {}) {
    BatchRecord made;
    record::StoredRecord& stored = made.content;
    stored.id = id.empty() ? ids_.next() : std::move(id);
    stored.peer = order.peer;
    stored.type = order.type;
    stored.key = order.key.empty() ? order.peer + ":" + order.sourceId : order.key;
    stored.accepted = clock_.wall();
    stored.destinations = order.to;
    stored.event = eventOf(stored, order);
    stored.body = "{\"原文\":\"" + order.content + "\",\"电话\":\"" + order.phone + "\"}";
    made.particulars = reader_.read(stored);
    return made;
  }

  /// The next entry; nothing is in it yet.
  record::JournalEntry entry() {
    record::JournalEntry entry;
    entry.position = {++position_, 0};
    entry.at = clock_.wall();
    entry.configuration = "v1";
    return entry;
  }
  /// One that accepts these.
  record::JournalEntry accepted(const std::vector<BatchRecord>& records) {
    record::JournalEntry one = entry();
    for (const BatchRecord& record : records) one.accepted.push_back(record.content.id);
    return one;
  }
  static record::Attempt delivered(const std::string& record, const std::string& receipt,
                                   const std::string& peer = "county") {
    return {record::Attempt::Verdict::delivered, peer, record, 1, receipt, {}, {}, {}, {}, {}};
  }
  static record::Attempt failed(const std::string& record, int number,
                                const std::string& peer = "county") {
    return {record::Attempt::Verdict::retry,
            peer,
            record,
            number,
            {},
            {},
            {},
            "deliver.connect",
            "nobody listens",
            {}};
  }
  static record::Attempt buried(const std::string& record, const std::string& exception,
                                const std::string& peer = "county") {
    return {record::Attempt::Verdict::buried,
            peer,
            record,
            3,
            {},
            {},
            exception,
            "deliver.rejected",
            "no such unit",
            {}};
  }

 private:
  static std::string eventOf(const record::StoredRecord& stored, const Order& order) {
    std::string data = R"({"orderNo":)";
    json::writeText(order.orderNo.empty() ? order.sourceId : order.orderNo, data);
    data += R"(,"title":"示例标题","content":)";
    json::writeText(order.content, data);
    data += R"(,"reporter":{"name":"张示例","phone":)";
    json::writeText(order.phone, data);
    data += R"(},"division":)";
    json::writeText(order.division, data);
    data += R"(,"createdTime":"2026-11-20T08:15:00+08:00"})";
    json::Document document;
    if (!json::parse(data, document).ok()) throw std::runtime_error("the order is no JSON");
    record::Record made;
    made.id = stored.id;
    made.peer = stored.peer;
    made.type = stored.type;
    made.key = stored.key;
    made.sourceId = order.sourceId;
    made.received = stored.accepted;
    std::string event;
    record::appendEvent(made, {"lianqiao." + stored.type + ".v1", "urn:x", {}, {}}, document.root,
                        event);
    return event;
  }

  test::ManualClock& clock_;
  base::IdSource ids_;
  record::SchemaSet schemas_;
  ParticularsReader reader_;
  std::uint64_t position_ = 0;
};

/// A store in a folder of its own.
class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() : clock_(timeOf("2026-11-20T08:15:00Z").time_since_epoch()), scribe_(clock_) {
    settings_.folder = folder_.path() / "history";
    settings_.kinds = {{"work_order", "orders"}};
    settings_.words = true;
  }

  void open(OpenStore* by) {
    store_ = nullptr;
    auto opened = by(settings_, log_.sink(), clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    store_ = std::move(*opened);
  }
  void write(std::vector<record::JournalEntry> entries, std::vector<BatchRecord> records = {},
             std::vector<record::StoredException> exceptions = {}) {
    const auto written =
        store_->write({std::move(entries), std::move(records), std::move(exceptions), {}});
    ASSERT_TRUE(written.ok()) << written.error().detail;
  }
  /// Accepts it, and lets a second go by. Its id.
  std::string keep(const Scribe::Order& order) {
    std::vector<BatchRecord> records{scribe_.order(order)};
    const std::string id = records[0].content.id;
    const record::JournalEntry entry = scribe_.accepted(records);
    write({entry}, std::move(records));
    clock_.advance(std::chrono::seconds(1));
    return id;
  }
  std::vector<std::string> found(const Query& query) {
    auto page = store_->find(query);
    EXPECT_TRUE(page.ok()) << (page.ok() ? "" : page.error().detail);
    std::vector<std::string> ids;
    if (page.ok())
      for (const Hit& hit : page->hits) ids.push_back(hit.record.id);
    return ids;
  }
  std::optional<Trail> shown(const std::string& id) {
    auto trail = store_->show(id);
    EXPECT_TRUE(trail.ok()) << (trail.ok() ? "" : trail.error().detail);
    return trail.ok() ? std::move(*trail) : std::nullopt;
  }
  /// "peer type what" → number.
  std::map<std::string, std::uint64_t> counted(std::string_view day) {
    std::map<std::string, std::uint64_t> counts;
    auto read = store_->counts(day);
    EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().detail);
    if (read.ok())
      for (const DayCount& one : *read)
        counts[one.peer + " " + one.type + " " + std::string(countedName(one.what))] = one.number;
    return counts;
  }
  void expectWhole() {
    const auto verified = store_->verify();
    ASSERT_TRUE(verified.ok());
    EXPECT_THAT(verified->problems, ::testing::IsEmpty());
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(settings_.folder))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  test::TemporaryFolder folder_;
  test::ManualClock clock_;
  test::LogLines log_;
  Scribe scribe_;
  StoreSettings settings_;
  std::unique_ptr<HistoryStore> store_;
};

}  // namespace lianqiao::history
