#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/fake_host.h"
#include "lianqiao/descriptor.h"

/// What every adapter must do, whatever it speaks. An adapter's test describes itself as data and
/// calls run() inside one TEST; each broken promise is one GoogleTest failure that says which.
namespace lianqiao::conformance {

/// One setting, written as in YAML; read by the kind that the descriptor gives it. List items are
/// separated by commas.
struct Given {
  std::string name;
  std::string value;
};

/// `given` and the fallbacks of `descriptor`, as the gateway would hand them to a factory. An
/// unknown name or a value that does not fit is a GoogleTest failure.
Settings settingsOf(const Descriptor& descriptor, const std::vector<Given>& given);

struct ReceiverCase {
  /// Requests that each give at least one item (or, of a probe, an answer). Sent also from four
  /// threads at once, and with every kind of garbage in place of their bodies.
  std::vector<HttpRequest> good;
};

/// What the platform answers to a delivery, and how it is to be read.
struct Said {
  std::string name;
  HttpResponse answer;
  Verdict verdict = Verdict::delivered;
};

struct SinkCase {
  std::string payload;     ///< One JSON object, as an outbound mapping would make it.
  std::string receipt;     ///< Expected of the first of `said`; empty = the platform gives none.
  std::vector<Said> said;  ///< The first is a confirmation; the rest are errors told in a body.
  /// Answers what is asked before the delivery itself (a token, a key); nullopt = this is the
  /// delivery.
  std::function<std::optional<HttpResponse>(const HttpCall&)> prelude;
  /// The header that carries the idempotency key; empty = it stands anywhere in the call.
  std::string keyHeader = "Idempotency-Key";
  /// The platform confirms by the status alone; else a 200 that cannot be understood is no
  /// confirmation.
  bool statusConfirms = false;
  /// False for a sink that writes files: no answer of a platform is played, `said` has one entry
  /// with no answer.
  bool http = true;
};

struct SourceCase {
  /// What one run of the source meets.
  struct World {
    std::vector<Given> settings;         ///< Besides those of the case.
    test::FakeHost::Answering platform;  ///< Null for a source that reads files.
  };
  /// Called for every run anew; `folder` is empty and the source's to read.
  std::function<World(const std::filesystem::path& folder)> begin;
  std::size_t items = 0;  ///< How many different ones it holds.
};

struct SessionCase {
  /// What one run of the session meets: a platform that keeps what was not acknowledged and sends
  /// it again after each opening.
  struct World {
    std::vector<Given> settings;         ///< Besides those of the case.
    test::FakeHost::Answering platform;  ///< Null for a session that opens its own connection.
    std::function<void()> die;           ///< The platform is gone from then on.
    std::shared_ptr<void> keeps;         ///< Ends with the run: what plays the platform.
  };
  /// Called for every run anew; `folder` is empty.
  std::function<World(const std::filesystem::path& folder)> begin;
  /// How many different ones the platform has to send; 0: they come through a receiver.
  std::size_t items = 0;
  /// Of a sink that delivers in the session: one JSON object, as an outbound mapping would make it.
  std::string payload;
  /// Of each call; and within how long a session must say that its platform is gone.
  std::chrono::milliseconds deadline{2000};
  std::chrono::milliseconds patience{20'000};
};

struct CounterpartCase {
  /// What one run of the counterpart meets.
  struct World {
    std::vector<Given> settings;         ///< Besides those of the case.
    test::FakeHost::Answering platform;  ///< Null for one that reads files.
  };
  /// Called for every run anew; `folder` is empty and the counterpart's to read.
  std::function<World(const std::filesystem::path& folder)> begin;
  std::size_t items = 0;  ///< How many different ones it lists of 2026-01-01.
};

struct MockCase {
  bool drives = true;  ///< drive() pushes to the gateway; false for a platform that is polled.
  bool takes = true;   ///< handle() takes what the sink delivers.
};

/// A sample file and how many whole items it holds.
struct SampleFile {
  std::string name;
  std::string bytes;
  std::size_t items = 1;
};

struct ReaderCase {
  std::vector<SampleFile> good;
};

struct ConformanceCase {
  const Descriptor* descriptor = nullptr;
  /// The required ones. Secrets of at least 8 characters: they are canaries.
  std::vector<Given> settings;
  std::vector<Given> more;  ///< Optional ones, for a second pass with everything set.
  /// Values in the samples that may stand in no log and no message.
  std::vector<std::string> personal;
  /// Folder of `<case>.request.json|http` with `<case>.items.json` each; empty = none.
  std::filesystem::path golden;
  /// The adapter's README, whose table of settings must be that of `lianqiao describe`; empty =
  /// none.
  std::filesystem::path readme;
  std::optional<ReceiverCase> receiver;
  std::optional<SinkCase> sink;  ///< Not of a sink that delivers in the session.
  std::optional<SourceCase> source;
  std::optional<SessionCase> session;
  std::optional<CounterpartCase> counterpart;
  /// Every adapter ships a mock. One with a session need not: its case plays the platform.
  std::optional<MockCase> mock;
  std::optional<ReaderCase> reader;
};

/// Checks all that applies:
/// - the descriptor as the gateway does at its start; the README's table; every role that it offers
///   has its part of the case;
/// - factories work with the required settings alone and send nothing;
/// - receiver: garbage, empty, huge and deep bodies never throw and never pass for whole items;
///   four threads get what one gets; golden cases;
/// - sink: 500, 429 with Retry-After, 401, time-out, garbage and the platform's own errors are
///   classified; the idempotency key goes along; no call outlives the deadline; nothing is retried;
/// - source: killed after any step, it begins again from the stored cursor and loses nothing;
/// - session: no more comes in one step than was asked for; what was not acknowledged comes again
///   after the next opening, what was does not; no call outlives its deadline; a platform that is
///   gone is an Error of deliver.…, before and after it was open; a sink in it delivers while it is
///   open, confirms nothing while it is not, and waits for no longer than its deadline;
/// - counterpart: pages come to an end and name each thing once; a platform that fails, is late or
///   answers garbage is an Error and no empty day; no call outlives the deadline;
/// - mock: what it originates the receiver takes, what the sink delivers it takes, once;
/// - reader: takes its samples and leaves them as they are; garbage neither throws nor passes for
///   whole items, nor does a file that is not there;
/// - no secret and no personal value in any log line, error, problem or outcome.
void run(const ConformanceCase& conformance);

/// The request of a golden file's text: the raw HTTP form, or a body to be POSTed as JSON.
HttpRequest requestOf(std::string_view text, bool raw_http);

}  // namespace lianqiao::conformance
