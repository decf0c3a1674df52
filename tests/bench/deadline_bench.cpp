// How late reminders are when very many things come due at once.
//   deadline_bench [THINGS [RUNS]]
// So many orders come due within one second. The watch of a node on a redis-server of its own (synced
// to disk, as shipped) tells them; a peer takes the reminders as they come and confirms them. Of each
// run: how long behind the last due moment the last reminder was with the peer, how late the latest
// of all was, and how long reckoning took before.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "base/rfc3339.h"
#include "gateway/pipeline/work_order_config.h"
#include "lifecycle/life_moves.h"
#include "record/event.h"
#include "runtime/deadline_watch.h"
#include "storage/redis_work_queue.h"

namespace {

using namespace lianqiao;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr const char* kPeer = "province";
constexpr milliseconds kLimit = 60s;
constexpr const char* kLimits = R"(deadlines:
  - {name: reply, source: s, type: work_order, step: replied, start: receipt, limit: 60 s}
)";

template <typename T>
T need(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

class Bench {
 public:
  Bench() : folder_(std::filesystem::temp_directory_path() / "lianqiao-deadline-bench") {
    std::filesystem::remove_all(folder_);
    auto config = pipeline::workOrderConfig();
    config.routes.push_back(
        {"late", {{"type", config::RouteCondition::Operator::equals, {"reminder"}}}, {kPeer}, {}});
    yaml::Findings findings;
    pipeline_ = pipeline::Pipeline::compile(config, findings);
    if (!pipeline_) throw std::runtime_error("the mappings do not compile");
    const auto calendar = yaml::YamlReader::readFile(LIANQIAO_SOURCE_DIR "/config/calendar.yaml",
                                                     "calendar.yaml", findings);
    const auto limits = yaml::YamlReader::readText(kLimits, "deadlines.yaml", findings);
    deadlines_ = std::make_shared<const lifecycle::Deadlines>(
        lifecycle::compileDeadlines(config.schemas, &*calendar, &*limits, findings));
    storage::QueueOptions options;
    options.node = "bench";
    options.data = folder_;
    options.lives->set(std::make_shared<const record::LifeTables>(
        lifecycle::tablesOf(deadlines_->cycles, deadlines_->rules)));
    queue_ = need(storage::RedisWorkQueue::open({}, {}, options, clock_, ids_));
    watch_ = std::make_unique<runtime::DeadlineWatch>(
        runtime::DeadlineWatch::Services{
            [this] { return queue_->deadlines(); }, queue_->submissions(), queue_->pollRights(),
            *pipeline_, clock_, ids_, config::Retention().duplicates,
            [](LogLevel, std::string_view line) {
              std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
            }},
        deadlines_);
    watch_->start();
  }
  ~Bench() {
    watch_->stop();
    queue_.reset();
    std::filesystem::remove_all(folder_);
  }

  struct Figures {
    double last = 0, latest = 0, reckoned = 0;  // seconds
  };

  Figures run(std::size_t things) {
    // So far ahead that all are known before the first is due.
    const auto begun = clock_.wall();
    const WallTime due = begun + 2s + milliseconds(things / 2);
    for (std::size_t done = 0; done < things;) {
      queue::Submission submission;
      for (std::size_t i = 0; i < 256 && done < things; ++i, ++done)
        submission.entries.push_back(order(due - kLimit + milliseconds(1000 * done / things)));
      submit(std::move(submission));
    }
    while (need(queue_->deadlines()->take(begun, 1, {})).size() > 0)
      std::this_thread::sleep_for(20ms);
    Figures figures;
    figures.reckoned = secondsOf(clock_.wall() - begun);
    if (clock_.wall() > due) throw std::runtime_error("the machine is too slow for this bench");
    milliseconds latest{0};
    for (std::size_t told = 0; told < things;) {
      auto leases = need(queue_->deliveries().lease(kPeer, 500, 30s));
      for (queue::Lease& lease : leases) {
        latest = std::max(latest, clock_.wall() - timeOf(lease.event));
        queue::Settlement settlement;
        settlement.lease = std::move(lease);
        queue_->deliveries().settle(std::move(settlement));
        ++told;
      }
      if (leases.empty()) std::this_thread::sleep_for(5ms);
    }
    figures.last = secondsOf(clock_.wall() - (due + 1s));
    figures.latest = secondsOf(latest);
    need(flushed());
    return figures;
  }

 private:
  static double secondsOf(milliseconds time) { return std::chrono::duration<double>(time).count(); }
  static WallTime timeOf(const std::string& event) {
    json::Document document;
    if (!json::parse(event, document)) throw std::runtime_error("no event");
    return base::parseTime(document.root.find("time")->text()).value_or(WallTime());
  }
  Result<bool> flushed() {
    const auto done = queue_->deliveries().flush();
    return done ? Result<bool>(true) : Result<bool>(done.error());
  }
  queue::Entry order(WallTime received) {
    queue::Entry entry;
    record::Record& made = entry.record.emplace();
    made.id = ids_.next();
    made.peer = "hotline";
    made.type = "work_order";
    made.sourceId = std::to_string(++number_);
    made.key = "hotline:" + made.sourceId;
    made.fingerprint = "2:" + made.sourceId;
    made.received = received;
    json::Document document;
    need(parsed(document));
    record::appendEvent(made, {"lianqiao.work_order.v1", "s", {}, {}}, document.root, made.event);
    return entry;
  }
  static Result<bool> parsed(json::Document& document) {
    const auto done = json::parse(
        R"({"orderNo":"GD20261201001","title":"路灯不亮","content":"人民路路灯三天不亮，请维修。",)"
        R"("category":{"code":"utilities.power","text":"供电"},"division":"411602000000",)"
        R"("department":{"code":"D7","name":"供电公司"},"createdTime":"2026-12-01T00:00:00Z"})",
        document);
    return done ? Result<bool>(true) : Result<bool>(done.error());
  }
  void submit(queue::Submission submission) {
    std::promise<Result<std::vector<ItemVerdict>>> promise;
    queue_->submissions().submit(std::move(submission), [&promise](auto verdicts) {
      promise.set_value(std::move(verdicts));
    });
    need(promise.get_future().get());
  }

  const std::filesystem::path folder_;
  base::SystemClock clock_;
  base::IdSource ids_{clock_, base::randomSeed()};
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::shared_ptr<const lifecycle::Deadlines> deadlines_;
  std::unique_ptr<storage::WorkQueue> queue_;
  std::unique_ptr<runtime::DeadlineWatch> watch_;
  std::size_t number_ = 0;
};

void print(const char* what, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::printf("%-38s median %6.2f s, %6.2f to %6.2f s\n", what, values[values.size() / 2],
              values.front(), values.back());
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t things = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
  const std::size_t runs = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 5;
  try {
    Bench bench;
    std::vector<double> last, latest, reckoned;
    for (std::size_t i = 0; i < runs; ++i) {
      const Bench::Figures figures = bench.run(things);
      last.push_back(figures.last);
      latest.push_back(figures.latest);
      reckoned.push_back(figures.reckoned);
    }
    std::printf("%zu things due within one second, %zu runs\n", things, runs);
    print("last reminder behind the last moment", last);
    print("latest of all behind its moment", latest);
    print("accepted and reckoned before within", reckoned);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "deadline_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
