// What keeping the history costs per record, and how quickly it answers.
//   history_bench RECORDS [MONTHS [words|plain [postgres]]]
// Records come in batches of 2,000, with entries of 50; each is delivered, half of them a batch
// later. CPU time is that of the process: reading particulars, terms, compression, commits. With
// `postgres` a server is started for it, whose own is told beside it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/ids.h"
#include "history_postgres/postgres_store.h"
#include "history_sqlite/sqlite_store.h"
#include "record/event.h"
#include "record/sent_payloads.h"
#include "support/manual_clock.h"
#include "support/postgres_server.h"

namespace {

using namespace lianqiao;

constexpr std::size_t kBatch = 2000;
constexpr std::size_t kEntry = 50;

double cpuMicros() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Orders of 1 KB whose texts, numbers and places differ.
class Orders {
 public:
  Orders(const base::Clock& clock) : clock_(clock), ids_(clock, 1) {
    for (int i = 0; i < 600; ++i) words_.push_back(character() + character());
  }

  record::StoredRecord next() {
    record::StoredRecord stored;
    stored.id = ids_.next();
    stored.peer = "hotline-" + std::to_string(random_() % 30);
    stored.type = "work_order";
    const std::string number = "SL2026" + std::to_string(10'000'000 + count_++);
    stored.key = stored.peer + ":" + number;
    stored.accepted = clock_.wall();
    stored.destinations = {"county"};
    const std::string data = dataOf(number);
    json::Document document;
    if (!json::parse(data, document).ok()) throw std::runtime_error("the order is no JSON");
    record::Record order;
    order.id = stored.id;
    order.peer = stored.peer;
    order.key = stored.key;
    order.sourceId = number;
    order.received = stored.accepted;
    record::appendEvent(order,
                        {"lianqiao.work_order.v1", "urn:lianqiao:schema:work_order:1.1", {}, {}},
                        document.root, stored.event);
    stored.body = data;
    return stored;
  }

  std::string word() { return words_[random_() % words_.size()]; }
  std::string phone() { return "138" + std::to_string(10'000'000 + random_() % 90'000'000); }

 private:
  std::string character() {
    const auto code = static_cast<unsigned>(0x4E00 + random_() % 2500);
    return {static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 63)),
            static_cast<char>(0x80 | (code & 63))};
  }
  std::string sentence(int words) {
    std::string text;
    for (int i = 0; i < words; ++i) text += word();
    return text + "。";
  }
  std::string dataOf(const std::string& number) {
    const std::string division = "4117" + std::to_string(10'000'000 + random_() % 300 * 1000);
    return R"({"orderNo":")" + number + R"(","serialNo":"ZK-)" +
           std::to_string(random_() % 1000000) + R"(","title":")" + sentence(6) +
           R"(","content":")" + sentence(22) +
           R"(","orderType":{"code":"help","text":"求助"},"category":{"code":"lighting","text":"路灯"},)"
           R"("urgency":{"code":"normal","text":"一般"},"channel":{"code":"phone","text":"来电"},)"
           R"("status":{"code":"in_progress","text":"办理中"},"reporter":{"name":")" +
           sentence(1) + R"(","phone":")" + phone() +
           R"(","anonymous":false},"subject":{"name":"示例物业"},)"
           R"("location":{"address":")" +
           sentence(5) + R"(","point":{"lng":114.)" + std::to_string(random_() % 1000000) +
           R"(,"lat":33.0128131,"datum":"wgs84"}},"division":")" + division +
           R"(","grid":{"code":")" + division +
           R"(003"},)"
           R"("department":{"name":"城市管理局"},"assignedTo":{"name":"李经办"},)"
           R"("createdTime":"2026-05-27T02:08:51+08:00","dispatchedTime":"2026-05-27T03:10:00+08:00",)"
           R"("deadline":"2026-06-03T23:59:59+08:00","votes":{"for":12,"against":0},)"
           R"("isSecret":false,"wantsReply":true,"sourceFields":{"来电标签":"老年人"}})";
  }

  const base::Clock& clock_;
  base::IdSource ids_;
  std::mt19937_64 random_{42};
  std::vector<std::string> words_;
  std::uint64_t count_ = 0;
};

struct Sample {
  std::string id, sourceId, receipt, number;
  WallTime accepted{};
};

class Bench {
 public:
  Bench(std::size_t records, std::size_t months, bool words, test::PostgresServer* server)
      : records_(records),
        months_(months),
        server_(server),
        clock_(std::chrono::milliseconds(1767225600000)),
        orders_(clock_) {
    std::vector<Problem> problems;
    schemas_.load(LIANQIAO_SOURCE_DIR "/schemas", problems);
    settings_.folder = std::filesystem::temp_directory_path() / "lianqiao-history-bench";
    std::filesystem::remove_all(settings_.folder);
    settings_.kinds = {{"work_order", "orders"}};
    settings_.words = words;
    if (server != nullptr) settings_.url = server->fresh();
    const auto open =
        server == nullptr ? &history::SqliteStore::open : &history::PostgresStore::open;
    auto opened = open(
        settings_,
        [](LogLevel, std::string_view line) {
          std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
        },
        clock_);
    if (!opened.ok()) throw std::runtime_error(opened.error().detail);
    store_ = std::move(*opened);
  }
  ~Bench() { std::filesystem::remove_all(settings_.folder); }

  void write() {
    history::ParticularsReader reader(schemas_);
    double reading = 0;
    double writing = 0;
    const std::chrono::milliseconds apart(static_cast<std::int64_t>(months_) * 30 * 86'400'000 /
                                          static_cast<std::int64_t>(records_));
    std::vector<history::SentPayload> owed;
    const double serverBegun = server_ == nullptr ? 0 : server_->cpuMicros();
    for (std::size_t done = 0; done < records_;) {
      history::Batch batch = make(std::min(kBatch, records_ - done), apart, owed);
      done += batch.records.size();
      const double begun = cpuMicros();
      for (history::BatchRecord& record : batch.records)
        record.particulars = reader.read(record.content);
      const double read = cpuMicros();
      if (const auto written = store_->write(batch); !written.ok())
        throw std::runtime_error(written.error().detail);
      reading += read - begun;
      writing += cpuMicros() - read;
      for (std::size_t i = 0; i < batch.records.size(); i += 101) sample(batch.records[i]);
    }
    const auto count = static_cast<double>(records_);
    const history::StoreState state = store_->state();
    std::printf(
        "write: %.2f us CPU a record (particulars %.2f, store %.2f); %.0f bytes a record, "
        "%llu parts\n",
        (reading + writing) / count, reading / count, writing / count,
        static_cast<double>(state.bytes) / count, static_cast<unsigned long long>(state.parts));
    if (server_ != nullptr)
      std::printf("PostgreSQL: %.2f us CPU a record\n",
                  (server_->cpuMicros() - serverBegun) / count);
  }

  void look() {
    time("show by our id", [&](const Sample& one) { return store_->show(one.id)->has_value(); });
    time("find source id", [&](const Sample& one) { return find({.word = one.sourceId}); });
    time("find receipt", [&](const Sample& one) { return find({.word = one.receipt}); });
    time("find whole phone", [&](const Sample& one) { return find({.number = one.number}); });
    time("find phone tail within its month", [&](const Sample& one) {
      const history::Month month = history::Month::of(one.accepted);
      return find({.number = one.number.substr(7), .from = month.begin(), .to = month.end()});
    });
    time("find peer, 50 newest", [&](const Sample&) { return find({.peer = "hotline-7"}); });
    if (settings_.words) {
      time("find two characters", [&](const Sample&) { return find({.text = orders_.word()}); });
      time("find six characters that are nowhere", [&](const Sample&) {
        find({.text = orders_.word() + orders_.word() + orders_.word()});
        return true;
      });
    }
    time("counts of a day", [&](const Sample& one) {
      return !store_->counts(history::dayOf(one.accepted, 480))->empty();
    });
  }

 private:
  history::Batch make(std::size_t count, std::chrono::milliseconds apart,
                      std::vector<history::SentPayload>& owed) {
    history::Batch batch;
    for (std::size_t i = 0; i < count; ++i) {
      batch.records.push_back({orders_.next(), {}});
      clock_.advance(apart);
      if (i % kEntry == 0) deliver(batch, owed);
      if (i % kEntry == 0) batch.entries.push_back(entry());
      batch.entries.back().accepted.push_back(batch.records.back().content.id);
      const record::StoredRecord& last = batch.records.back().content;
      owed.push_back({last.id, "county", last.body});
    }
    return batch;
  }
  record::JournalEntry entry() {
    record::JournalEntry one;
    one.position = {++position_, 0};
    one.at = clock_.wall();
    one.configuration = "0f3a9c1e";
    return one;
  }
  void deliver(history::Batch& batch, std::vector<history::SentPayload>& owed) {
    if (owed.size() < kBatch / 2) return;
    for (std::size_t i = 0; i < owed.size(); i += kEntry) {
      batch.entries.push_back(entry());
      for (std::size_t at = i; at < std::min(i + kEntry, owed.size()); ++at) {
        record::Attempt made;
        made.peer = owed[at].peer;
        made.record = owed[at].record;
        made.receipt = receiptOf(made.record);
        made.digest = record::payloadDigest(owed[at].payload);
        batch.entries.back().attempts.push_back(std::move(made));
        batch.sent.push_back(std::move(owed[at]));
      }
    }
    owed.clear();
  }
  static std::string receiptOf(const std::string& id) { return "R-" + id.substr(12); }
  void sample(const history::BatchRecord& record) {
    samples_.push_back({record.content.id, record.particulars.sourceId,
                        receiptOf(record.content.id),
                        record.particulars.numbers.empty() ? "" : record.particulars.numbers[0],
                        record.content.accepted});
  }
  bool find(const history::Query& query) {
    const auto page = store_->find(query);
    if (!page.ok()) throw std::runtime_error(page.error().detail);
    return !page->hits.empty();
  }
  void time(const char* what, const std::function<bool(const Sample&)>& act) {
    std::mt19937_64 random(7);
    std::vector<double> millis;
    std::size_t missed = 0;
    for (int i = 0; i < 200; ++i) {
      const Sample& one = samples_[random() % samples_.size()];
      const auto begun = std::chrono::steady_clock::now();
      missed += act(one) ? 0U : 1U;
      millis.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
              .count());
    }
    std::sort(millis.begin(), millis.end());
    std::printf("%-40s p50 %8.2f ms  p99 %8.2f ms  missed %zu\n", what, millis[100], millis[197],
                missed);
    std::fflush(stdout);
  }

  const std::size_t records_;
  const std::size_t months_;
  test::PostgresServer* const server_;
  test::ManualClock clock_;
  record::SchemaSet schemas_;
  Orders orders_;
  history::StoreSettings settings_;
  std::unique_ptr<history::HistoryStore> store_;
  std::vector<Sample> samples_;
  std::uint64_t position_ = 0;
};

}  // namespace

int main(int count, char** words) {
  const auto number = [&](int at, std::size_t otherwise) {
    return count > at ? std::strtoull(words[at], nullptr, 10) : otherwise;
  };
  const bool postgres = count > 4 && std::strcmp(words[4], "postgres") == 0;
  test::PostgresServer* const server = postgres ? test::PostgresServer::shared() : nullptr;
  if (postgres && server == nullptr) {
    std::fprintf(stderr, "PostgreSQL is not installed (deploy/packages test)\n");
    return 1;
  }
  Bench bench(number(1, 100'000), number(2, 1), count > 3 && std::strcmp(words[3], "words") == 0,
              server);
  bench.write();
  bench.look();
  return 0;
}
