#include <set>
#include <system_error>

#include "conformance/conformance_parts.h"

namespace lianqiao::conformance {

namespace {

using namespace std::chrono_literals;

// Where the gateway dies: after poll() before anything is stored, after storing before confirm(),
// after confirm().
enum class Death { before_storing, before_confirming, after_confirming };

constexpr std::string_view kDeaths[] = {"before storing", "before confirming", "after confirming"};
constexpr std::size_t kMostSourcePolls = 2000;

// The part of the gateway that drives a source: it stores items and cursor together.
class Drive {
 public:
  Drive(const ConformanceCase& conformance, Ears& ears) : conformance_(conformance), ears_(ears) {
    folder_ = host_.dataDirectory() / "source";
    std::filesystem::create_directories(folder_);
    const SourceCase::World world = conformance.source->begin(folder_);
    std::vector<Given> given = conformance.settings;
    given.insert(given.end(), conformance.more.begin(), conformance.more.end());
    for (const Given& one : world.settings) {
      std::erase_if(given, [&one](const Given& other) { return other.name == one.name; });
      given.push_back(one);
    }
    settings_ = settingsOf(*conformance.descriptor, given);
    if (world.platform) host_.onSend(world.platform);
    restart();
  }

  void restart() {
    source_.reset();
    auto source = attempt("makeSource",
                          [this] { return conformance_.descriptor->makeSource(settings_, host_); });
    if (source) source_ = std::move(*source);
  }

  /// Runs to the end, dying once in batch `fatal` (none: never). Returns how many batches had
  /// items.
  std::size_t run(std::size_t fatal, Death death) {
    std::size_t batches = 0;
    int idle = 0;
    for (std::size_t polls = 0; idle < 2; ++polls) {
      if (polls == kMostSourcePolls) {
        ADD_FAILURE() << "after " << kMostSourcePolls << " polls the source still finds something";
        break;
      }
      const auto batch = attempt(
          "poll", [this] { return source_->poll(cursor_, std::chrono::steady_clock::now() + 5s); });
      if (!batch) {
        ADD_FAILURE() << "poll: " << batch.error().detail;
        ears_.hear("poll", batch.error());
        break;
      }
      idle = batch->items.empty() && !batch->more ? idle + 1 : 0;
      const bool dies = !batch->items.empty() && batches++ == fatal;
      step(*batch, dies ? std::optional(death) : std::nullopt);
    }
    ears_.hear(host_);
    return batches;
  }

  [[nodiscard]] const std::set<std::string>& stored() const { return stored_; }
  [[nodiscard]] bool begun() const { return source_ != nullptr; }

 private:
  void step(const Batch& batch, std::optional<Death> death) {
    EXPECT_LE(batch.cursor.size(), 4096U) << "a cursor has at most 4 KiB";
    if (death == Death::before_storing) return restart();
    for (const RawItem& item : batch.items) {
      ears_.hear("poll", item.problems);
      stored_.insert(item.sourceId.empty() ? item.body + item.evidence : item.sourceId);
    }
    cursor_ = batch.cursor;
    if (death == Death::before_confirming) return restart();
    const auto verdicts = acceptedVerdicts(batch.items);
    const auto confirmed = attempt("confirm", [&] { return source_->confirm(batch, verdicts); });
    if (!confirmed) {
      ADD_FAILURE() << "confirm: " << confirmed.error().detail;
      ears_.hear("confirm", confirmed.error());
    }
    if (death == Death::after_confirming) restart();
  }

  const ConformanceCase& conformance_;
  Ears& ears_;
  test::FakeHost host_;
  std::filesystem::path folder_;
  Settings settings_;
  std::string cursor_;
  std::set<std::string> stored_;
  std::unique_ptr<Source> source_;
};

void checkFailingPlatform(const ConformanceCase& conformance, Ears& ears) {
  test::FakeHost host;
  const auto folder = host.dataDirectory() / "source";
  std::filesystem::create_directories(folder);
  const SourceCase::World world = conformance.source->begin(folder);
  if (!world.platform) return;
  std::vector<Given> given = conformance.settings;
  given.insert(given.end(), world.settings.begin(), world.settings.end());
  const Settings settings = settingsOf(*conformance.descriptor, given);
  for (const char* body : {"", "{", "<html></html>", "[]", "null"}) {
    SCOPED_TRACE("source: the platform answers HTTP 500 and garbage: " + std::string(body));
    for (const int status : {200, 500}) {
      host.onSend([status, body](const HttpCall&) -> Result<HttpResponse> {
        return HttpResponse{status, {}, body};
      });
      const auto source = conformance.descriptor->makeSource(settings, host);
      const auto batch =
          attempt("poll", [&] { return source->poll("", std::chrono::steady_clock::now() + 5s); });
      if (!batch) {
        ears.hear("poll", batch.error());
      } else {
        EXPECT_NE(status, 500) << "a failing platform is an error, not an empty page";
      }
    }
  }
  ears.hear(host);
}

}  // namespace

void checkSource(const ConformanceCase& conformance, Ears& ears) {
  std::set<std::string> expected;
  std::size_t batches = 0;
  {
    SCOPED_TRACE("source: undisturbed");
    Drive drive(conformance, ears);
    ASSERT_TRUE(drive.begun());
    batches = drive.run(kMostSourcePolls, Death::before_storing);
    expected = drive.stored();
    EXPECT_EQ(expected.size(), conformance.source->items);
  }
  for (std::size_t fatal = 0; fatal < std::min<std::size_t>(batches, 20); ++fatal) {
    for (const Death death :
         {Death::before_storing, Death::before_confirming, Death::after_confirming}) {
      SCOPED_TRACE("source: killed " + std::string(kDeaths[static_cast<std::size_t>(death)]) +
                   " batch " + std::to_string(fatal + 1));
      Drive drive(conformance, ears);
      ASSERT_TRUE(drive.begun());
      (void)drive.run(fatal, death);
      EXPECT_EQ(drive.stored(), expected) << "records were lost";
    }
  }
  checkFailingPlatform(conformance, ears);
}

}  // namespace lianqiao::conformance
