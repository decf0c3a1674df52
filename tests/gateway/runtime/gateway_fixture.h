#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "admin/client.h"
#include "gateway/http/raw_client.h"
#include "gateway/http/scripted_peer.h"
#include "observe/log.h"
#include "runtime/gateway.h"
#include "setup/setup.h"
#include "support/service_fixture.h"

namespace lianqiao::runtime {

using namespace std::chrono_literals;

/// A platform that takes reports over HTTP and remembers their numbers in order. Thread-safe.
class Platform {
 public:
  Platform() : peer_([this](http::Accepted& accepted, int) { serve(accepted); }) {}
  ~Platform() { release(); }

  [[nodiscard]] std::string url() const { return peer_.url("/take"); }
  /// Answers wait until release().
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }
  /// Answers 503 and takes nothing while it is down.
  void setDown(bool down) {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  std::vector<std::string> taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  /// Requests whose answer waits.
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  void serve(http::Accepted& accepted) {
    for (std::string request = accepted.request(); !request.empty(); request = accepted.request()) {
      const std::string_view mark = "\"orderNo\":\"";
      const std::size_t at = request.find(mark);
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.wait(lock, [this] { return !held_; });
      --waiting_;
      const bool down = down_;
      if (!down && at != std::string::npos) {
        const std::size_t begin = at + mark.size();
        taken_.push_back(request.substr(begin, request.find('"', begin) - begin));
      }
      lock.unlock();
      const std::string line = down ? "HTTP/1.1 503 Service Unavailable" : "HTTP/1.1 200 OK";
      if (!accepted.send(line + "\r\nContent-Length: 2\r\n\r\n{}")) return;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> taken_;
  bool held_ = false;
  bool down_ = false;
  int waiting_ = 0;
  http::ScriptedPeer peer_;
};

/// A whole gateway in this process, with a Redis of its own, on a configuration folder that the
/// test edits: "app" and "web" send reports, "grid" takes them over HTTP, "archive" pulls them.
class GatewayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    write("lianqiao.yaml",
          "data: ../data\nplugins: " LIANQIAO_BUILD_DIR "/plugins\nschemas: " LIANQIAO_SOURCE_DIR
          "/schemas\nadapters: [webhook]\n"
          "listen: {peers: {address: 127.0.0.1, port: 0}, admin: {address: 127.0.0.1, port: 0}}\n");
    writeSender("app");
    writeSender("web");
    write("peers/grid.yaml", gridText());
    write("peers/archive.yaml", "adapter: webhook\nauth: {kind: none}\noutbound: {pull: true}\n");
    write("mappings/report.yaml", mappingText("what"));
    write("routes.yaml",
          "routes:\n  - {name: all, when: {type: work_order}, to: [grid, archive]}\n");
  }
  void TearDown() override {
    platform_.release();
    gateway_.reset();
    if (logFile_ >= 0) close(logFile_);
  }

  void write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = config() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    std::filesystem::permissions(file, std::filesystem::perms(0600));
  }
  void remove(const std::string& name) const { std::filesystem::remove(config() / name); }
  [[nodiscard]] std::filesystem::path config() const { return folder_.path() / "config"; }

  void writeSender(const std::string& name, const std::string& inbound = "mappings: [report]",
                   const std::string& token = "t0ken") const {
    write("secrets/" + name, token);
    write("peers/" + name + ".yaml",
          "adapter: webhook\nauth: {kind: token, tokens: [\"${file:secrets/" + name +
              "}\"]}\ninbound: {" + inbound + "}\n");
  }
  [[nodiscard]] std::string gridText(const std::string& outbound = "mappings: [plain]") const {
    write("mappings/plain.yaml",
          "mapping: plain\ndirection: outbound\ntype: [work_order]\nfields: {orderNo: "
          "data.orderNo, title: data.title}\n");
    return "adapter: webhook\nsettings: {url: \"" + platform_.url() + "\"}\noutbound: {" +
           outbound + "}\n";
  }
  /// `title` names the sender's field that becomes the title.
  static std::string mappingText(const std::string& title) {
    return "mapping: report\ndirection: inbound\ntype: work_order\nrecord: {key: no, time: "
           "at}\nfields:\n"
           "  orderNo: {from: no, required: true}\n  title: {from: " +
           title +
           ", clean: line, required: true}\n"
           "  content: {from: what, clean: text}\n  createdTime: {from: at, time: auto, required: "
           "true}\n"
           "rest: sourceFields\n";
  }
  static std::string report(const std::string& number) {
    return R"({"no":")" + number + R"(","what":"路灯不亮","at":"2026-11-20 08:15"})";
  }

  void start() {
    yaml::Findings findings;
    auto setup = setup::loadSetup(config(), findings);
    ASSERT_TRUE(setup) << (findings.all().empty() ? "" : findings.all().front().text());
    logFile_ = open((folder_.path() / "log").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    log_ = std::make_unique<observe::Log>(observe::Log::Options{.descriptor = logFile_});
    auto started = Gateway::start(std::move(*setup), *log_);
    ASSERT_TRUE(started.ok()) << started.error().detail;
    gateway_ = std::move(*started);
  }
  ReloadReport reload() { return gateway_->reload(); }
  ReloadOutcome::Result resultOf(const ReloadReport& report, const std::string& peer) {
    const auto found = report.peers.find(peer);
    return found == report.peers.end() ? ReloadOutcome::Result::unchanged : found->second.result;
  }

  std::string call(const std::string& method, const std::string& path, const std::string& body = {},
                   const std::string& token = "t0ken") const {
    http::RawClient client(gateway_->peersPort());
    client.send(requestOf(method, path, body, token));
    return client.answer();
  }
  static std::string requestOf(const std::string& method, const std::string& path,
                               const std::string& body, const std::string& token = "t0ken") {
    return method + " " + path + " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer " + token +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  int post(const std::string& peer, const std::string& number,
           const std::string& token = "t0ken") const {
    return http::statusOf(call("POST", "/v1/peers/" + peer + "/records", report(number), token));
  }
  /// Of a request to the admin API.
  HttpResponse admin(const std::string& method, const std::string& target) const {
    auto node = admin::readNodeFile(folder_.path() / "data");
    EXPECT_TRUE(node.ok());
    auto answer = admin::call(*node, method, target);
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().detail);
    return answer.ok() ? *answer : HttpResponse{};
  }
  std::string log() const {
    std::ifstream stream(folder_.path() / "log", std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  queue::TemporaryFolder folder_;
  Platform platform_, other_;
  int logFile_ = -1;
  std::unique_ptr<observe::Log> log_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace lianqiao::runtime
