// How long a day takes to reconcile, and how many exchanges.
//   reconcile_bench [RECORDS [DIFFERENCES]]
// So many delivered orders stand in a history in SQLite, with their contents; the other side holds
// the same but for the differences, and answers our manifest as another Lianqiao does: as JSON over
// the role counterpart of plugins/kit, without a network between. "ours" is what reading the day
// takes, with its fields as the outbound mapping makes them.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/ids.h"
#include "gateway/pipeline/work_order_config.h"
#include "history_sqlite/sqlite_store.h"
#include "kit/counterpart/http_counterpart.h"
#include "pipeline/pipeline.h"
#include "reconcile/comparison.h"
#include "reconcile/counterpart_side.h"
#include "reconcile/manifest.h"
#include "reconcile/our_side.h"
#include "support/manual_clock.h"

namespace {

using namespace lianqiao;
using namespace std::chrono_literals;

constexpr std::size_t kBatch = 2000;
constexpr const char* kPeer = "grid";
constexpr const char* kDay = "2026-11-30";

template <typename T>
T need(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

class Bench {
 public:
  Bench()
      : clock_(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30).time_since_epoch()),
        ids_(clock_, 1) {
    yaml::Findings findings;
    pipeline_ = pipeline::Pipeline::compile(pipeline::workOrderConfig(), findings);
    if (!pipeline_) throw std::runtime_error("the mappings do not compile");
    std::vector<Problem> problems;
    schemas_.load(LIANQIAO_SOURCE_DIR "/schemas", problems);
    history::StoreSettings settings;
    settings.folder = folder_ = std::filesystem::temp_directory_path() / "lianqiao-reconcile-bench";
    std::filesystem::remove_all(folder_);
    settings.kinds = {{"work_order", "orders"}};
    store_ = need(history::SqliteStore::open(
        settings,
        [](LogLevel, std::string_view line) {
          std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
        },
        clock_));
    way_.day = "accepted";
    way_.identity = "receipt";
    way_.fields = {"workordercode", "workordercontent", "dispatchtime"};
    way_.settle = 0ms;
    settings_.out = way_;
    settings_.zone = "+00:00";
  }
  ~Bench() { std::filesystem::remove_all(folder_); }

  void write(std::size_t records) {
    history::ParticularsReader reader(schemas_);
    for (std::size_t done = 0; done < records;) {
      history::Batch batch;
      history::Batch delivered;
      for (std::size_t i = 0; i < kBatch && done < records; ++i, ++done) {
        history::BatchRecord one{order(done), {}};
        one.particulars = reader.read(one.content);
        if (i % 50 == 0) batch.entries.push_back(entry());
        batch.entries.back().accepted.push_back(one.content.id);
        batch.records.push_back(std::move(one));
      }
      keep(batch);
      for (std::size_t i = 0; i < batch.records.size(); ++i) {
        if (i % 50 == 0) delivered.entries.push_back(entry());
        const std::string& id = batch.records[i].content.id;
        delivered.entries.back().attempts.push_back(
            {record::Attempt::Verdict::delivered, kPeer, id, 1, "R-" + id, {}, {}, {}});
      }
      keep(delivered);
      clock_.advance(100ms);
    }
  }

  void compare(std::size_t differences) {
    const HeldQuery query = need(reconcile::queryOf(settings_, true, kDay));
    const auto begun = std::chrono::steady_clock::now();
    const auto ours = read(query);
    const auto been = std::chrono::steady_clock::now();
    const reconcile::OurDay theirs = changed(ours.day, differences);
    const auto role = counterpart(theirs, query);
    reconcile::CounterpartSide side(*role, "webhook", kPeer, query, machine_, 10s,
                                    [] { return false; });
    const auto asked = std::chrono::steady_clock::now();
    const auto made = need(reconcile::compare(ours.day, query, clock_.wall() + 24h, side));
    const auto ended = std::chrono::steady_clock::now();
    const auto millis = [](auto time) {
      return std::chrono::duration<double, std::milli>(time).count();
    };
    std::printf(
        "%zu records, %zu differences: ours %.0f ms, comparing %.0f ms, %zu exchanges; "
        "found %zu, uncompared %zu\n",
        ours.day.size(), differences, millis(been - begun), millis(ended - asked), made.exchanges,
        made.onlyOurs.size() + made.onlyTheirs.size() + made.differing.size(), ours.uncompared);
  }

 private:
  record::StoredRecord order(std::size_t number) {
    RawItem item;
    item.body = pipeline::kOrder;
    record::StoredRecord stored;
    stored.id = ids_.next();
    pipeline::Processed made =
        pipeline_->process("hotline", item, stored.id, clock_.wall(), workspace_);
    if (!made.problems.empty()) throw std::runtime_error(made.problems[0].message);
    stored.peer = "hotline";
    stored.type = "work_order";
    stored.key = "hotline:" + std::to_string(number);
    stored.accepted = clock_.wall();
    stored.destinations = {kPeer};
    stored.event = std::move(made.record.event);
    stored.body = item.body;
    return stored;
  }
  void keep(const history::Batch& batch) {
    if (const auto written = store_->write(batch); !written.ok())
      throw std::runtime_error(written.error().detail);
  }
  record::JournalEntry entry() {
    record::JournalEntry one;
    one.position = {++position_, 0};
    one.at = clock_.wall();
    return one;
  }
  reconcile::OurSide read(const HeldQuery& query) {
    return need(
        reconcile::readOurSide(*store_, kPeer, way_, query, settings_.zone, clock_.wall() + 1h,
                               [this](std::string_view event) -> Result<std::string> {
                                 auto payload = pipeline_->outbound(kPeer, event, workspace_);
                                 if (!payload) return payload.error();
                                 return std::move(payload->text);
                               }));
  }
  /// Every other difference is one that it lacks, the rest have another content.
  static reconcile::OurDay changed(const reconcile::OurDay& ours, std::size_t differences) {
    reconcile::OurDay theirs;
    std::size_t place = 0;
    for (const reconcile::OurDay::Kept& one : ours.things()) {
      const bool differs = place++ < differences;
      if (differs && place % 2 == 0) continue;
      reconcile::OurThing thing = one;
      if (differs) thing.content = heldContent({});
      theirs.add(std::move(thing));
    }
    theirs.seal();
    return theirs;
  }
  static std::unique_ptr<Counterpart> counterpart(const reconcile::OurDay& theirs,
                                                  const HeldQuery& query) {
    Settings settings;
    for (const char* name :
         {"list_url", "list_items", "list_total", "list_time", "fetch_url", "fetch_item"})
      settings.describe(name);
    settings.set("list_id", std::string("id"));
    settings.set("list_page_size", std::int64_t{500});
    settings.set("manifest_url", std::string("http://other/manifest"));
    return kit::HttpCounterpart::make(
        settings, [&theirs, &query](HttpCall call, Deadline) -> Result<HttpResponse> {
          HttpRequest request;
          request.query = call.url.substr(call.url.find('?') + 1);
          HttpResponse response;
          response.body =
              reconcile::manifestText(theirs, query, need(reconcile::manifestRequestOf(request)));
          return response;
        });
  }

  test::ManualClock clock_;
  base::SystemClock machine_;
  base::IdSource ids_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  record::SchemaSet schemas_;
  std::filesystem::path folder_;
  std::unique_ptr<history::HistoryStore> store_;
  config::ReconciledWay way_;
  config::Reconciliation settings_;
  expression::Workspace workspace_;
  std::uint64_t position_ = 0;
};

}  // namespace

int main(int count, char** texts) {
  const std::size_t records = count > 1 ? std::strtoull(texts[1], nullptr, 10) : 100'000;
  const std::size_t differences = count > 2 ? std::strtoull(texts[2], nullptr, 10) : 3;
  Bench bench;
  bench.write(records);
  bench.compare(differences);
}
