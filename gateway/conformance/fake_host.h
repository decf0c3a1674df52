#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"

namespace lianqiao::test {

/// A Host without a gateway, for tests of adapters: the clock stands until it is moved, nonces
/// count up, every call is recorded and answered by script. Thread-safe. Owns its data folder and
/// removes it.
class FakeHost final : public Host {
 public:
  struct LogLine {
    LogLevel level;
    std::string message;
  };
  using Answering = std::function<Result<HttpResponse>(const HttpCall&)>;

  FakeHost();
  ~FakeHost() override;
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  void log(LogLevel level, std::string_view message) override;
  void count(std::string_view name, std::uint64_t n = 1) override;
  [[nodiscard]] WallTime now() const override;
  /// Hex of a counter: "…01", "…02"; distinct, and the same in every run.
  std::string nonce(std::size_t bytes) override;
  /// The next scripted answer; else what onSend() made; else deliver.connect.
  Result<HttpResponse> send(const HttpCall& call, Deadline deadline) override;
  [[nodiscard]] std::vector<ItemShape> itemShapes() const override;
  [[nodiscard]] const std::filesystem::path& dataDirectory() const override { return directory_; }
  [[nodiscard]] bool stopRequested() const override;

  /// Starts at 2026-01-01T00:00:00Z.
  void setNow(WallTime now);
  void advance(std::chrono::milliseconds time);
  void requestStop();
  /// None at first: the mappings are not known.
  void setItemShapes(std::vector<ItemShape> shapes);

  /// Appends to the script: each send() takes one.
  void answer(int status, std::string body = {},
              std::string_view contentType = "application/json; charset=utf-8");
  void answer(HttpResponse response);
  void fail(std::string_view code, std::string detail = "scripted failure");
  /// Answers when the script is empty: a peer in a function (or a MockPeer behind handle()).
  void onSend(Answering answering);

  /// What was asked so far, in order.
  [[nodiscard]] std::vector<HttpCall> calls() const;
  [[nodiscard]] HttpCall lastCall() const;
  /// The deadlines of those calls.
  [[nodiscard]] std::vector<Deadline> deadlines() const;
  [[nodiscard]] std::size_t unansweredScript() const;
  [[nodiscard]] std::vector<LogLine> logs() const;
  [[nodiscard]] std::uint64_t counted(std::string_view name) const;

 private:
  mutable std::mutex mutex_;
  std::filesystem::path directory_;
  WallTime now_;
  std::uint64_t nonces_ = 0;
  bool stop_ = false;
  std::vector<ItemShape> itemShapes_;
  std::deque<Result<HttpResponse>> script_;
  Answering answering_;
  std::vector<HttpCall> calls_;
  std::vector<Deadline> deadlines_;
  std::vector<LogLine> logs_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

/// The call as the peer would receive it: for handing it to a MockPeer or to a Receiver.
HttpRequest asRequest(const HttpCall& call);

}  // namespace lianqiao::test
