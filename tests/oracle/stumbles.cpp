// An adapter that dies of certain things. A record entitled `abort` ends the process when it is
// delivered, one entitled `hang` never comes back, nor does a request to …/hang. A request whose
// body says `die at receiving` ends the process there, one with a thing called `poison.answering`
// when it is answered, as does a line of the file `items` of the peer's data folder that says
// `die at polling`. With STUMBLES_MENDED in the environment nothing of what comes in does any harm.
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "lianqiao/adapter.h"

namespace {

using namespace lianqiao;

void dieOf(std::string_view text, std::string_view mark) {
  if (text.find(mark) != std::string_view::npos && std::getenv("STUMBLES_MENDED") == nullptr)
    std::abort();
}

class StumblingSink final : public Sink {
 public:
  explicit StumblingSink(Host& host) : host_(host) {}
  Outcome deliver(const Delivery& delivery, Deadline) override {
    const json::Value* title = delivery.payload.find("title");
    if (title != nullptr && title->text() == "abort") std::abort();
    while (title != nullptr && title->text() == "hang" && !host_.stopRequested())
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return Outcome::failed(Verdict::retry, codes::kPeerError, "It hung until the gateway stopped.");
  }

 private:
  Host& host_;
};

class StumblingReceiver final : public Receiver {
 public:
  explicit StumblingReceiver(Host& host) : host_(host) {}
  Result<Reception> receive(const HttpRequest& request) override {
    while (request.path.ends_with("/hang") && !host_.stopRequested())
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    dieOf(request.body, "die at receiving");
    return Receiver::receive(request);
  }
  HttpResponse answer(const HttpRequest& request, std::span<const ItemVerdict> verdicts) override {
    for (const ItemVerdict& verdict : verdicts) dieOf(verdict.sourceId, "poison.answering");
    return Receiver::answer(request, verdicts);
  }

 private:
  Host& host_;
};

/// One line of the file at a time; the cursor is the number of the next.
class StumblingSource final : public Source {
 public:
  explicit StumblingSource(Host& host) : host_(host) {}
  Result<Batch> poll(std::string_view cursor, Deadline) override {
    std::size_t next = 0;
    std::from_chars(cursor.data(), cursor.data() + cursor.size(), next);
    std::ifstream file(host_.dataDirectory() / "items");
    Batch batch;
    batch.cursor = std::string(cursor);
    std::string line;
    for (std::size_t number = 0; std::getline(file, line); ++number) {
      if (number < next || file.eof()) continue;
      dieOf(line, "die at polling");
      batch.items.emplace_back().body = line;
      batch.cursor = std::to_string(number + 1);
      batch.more = true;
      break;
    }
    return batch;
  }

 private:
  Host& host_;
};

std::unique_ptr<Receiver> makeReceiver(const Settings&, Host& host) {
  return std::make_unique<StumblingReceiver>(host);
}
std::unique_ptr<Source> makeSource(const Settings&, Host& host) {
  return std::make_unique<StumblingSource>(host);
}
std::unique_ptr<Sink> makeSink(const Settings&, Host& host) {
  return std::make_unique<StumblingSink>(host);
}

constexpr Descriptor kDescriptor{.name = "stumbles",
                                 .version = "1.0",
                                 .summary = "Dies of certain records.",
                                 .summaryZh = "遇到特定记录即崩溃。",
                                 .makeReceiver = &makeReceiver,
                                 .makeSource = &makeSource,
                                 .makeSink = &makeSink};

}  // namespace

LIANQIAO_ADAPTER("stumbles", kDescriptor)
