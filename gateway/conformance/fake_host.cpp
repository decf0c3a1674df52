#include "conformance/fake_host.h"

#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <system_error>

#include "lianqiao/codes.h"

namespace lianqiao::test {
namespace {

std::filesystem::path makeDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lianqiao-host-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make " + pattern);
  }
  return pattern;
}

constexpr WallTime kStart = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

}  // namespace

FakeHost::FakeHost() : directory_(makeDirectory()), now_(kStart) {}

FakeHost::~FakeHost() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void FakeHost::log(LogLevel level, std::string_view message) {
  const std::lock_guard lock(mutex_);
  logs_.push_back({level, std::string(message)});
}

void FakeHost::count(std::string_view name, std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  counts_[std::string(name)] += n;
}

WallTime FakeHost::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

std::string FakeHost::nonce(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  ++nonces_;
  std::string out(bytes * 2, '0');
  std::uint64_t rest = nonces_;
  for (std::size_t i = out.size(); i-- > 0 && rest != 0; rest >>= 4) {
    out[i] = "0123456789abcdef"[rest & 15u];
  }
  return out;
}

Result<HttpResponse> FakeHost::send(const HttpCall& call, Deadline deadline) {
  Answering answering;
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back(call);
    deadlines_.push_back(deadline);
    if (!script_.empty()) {
      Result<HttpResponse> next = std::move(script_.front());
      script_.pop_front();
      return next;
    }
    answering = answering_;
  }
  if (answering) return answering(call);
  return Error{codes::kConnect, "the test scripted no answer for " + call.url};
}

bool FakeHost::stopRequested() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void FakeHost::setNow(WallTime now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
}

void FakeHost::advance(std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  now_ += time;
}

std::vector<ItemShape> FakeHost::itemShapes() const {
  const std::lock_guard lock(mutex_);
  return itemShapes_;
}

void FakeHost::setItemShapes(std::vector<ItemShape> shapes) {
  const std::lock_guard lock(mutex_);
  itemShapes_ = std::move(shapes);
}

void FakeHost::requestStop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
}

void FakeHost::answer(int status, std::string body, std::string_view contentType) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", std::string(contentType));
  response.body = std::move(body);
  answer(std::move(response));
}

void FakeHost::answer(HttpResponse response) {
  const std::lock_guard lock(mutex_);
  script_.emplace_back(std::move(response));
}

void FakeHost::fail(std::string_view code, std::string detail) {
  const std::lock_guard lock(mutex_);
  script_.emplace_back(Error{std::string(code), std::move(detail)});
}

void FakeHost::onSend(Answering answering) {
  const std::lock_guard lock(mutex_);
  answering_ = std::move(answering);
}

std::vector<HttpCall> FakeHost::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

HttpCall FakeHost::lastCall() const {
  const std::lock_guard lock(mutex_);
  return calls_.empty() ? HttpCall() : calls_.back();
}

std::vector<Deadline> FakeHost::deadlines() const {
  const std::lock_guard lock(mutex_);
  return deadlines_;
}

std::size_t FakeHost::unansweredScript() const {
  const std::lock_guard lock(mutex_);
  return script_.size();
}

std::vector<FakeHost::LogLine> FakeHost::logs() const {
  const std::lock_guard lock(mutex_);
  return logs_;
}

std::uint64_t FakeHost::counted(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second;
}

HttpRequest asRequest(const HttpCall& call) {
  HttpRequest request;
  request.method = call.method;
  const std::size_t scheme = call.url.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t path = std::min(call.url.find_first_of("/?", host), call.url.size());
  request.target = call.url.substr(path, call.url.find('#') - path);
  if (!request.target.starts_with('/')) request.target.insert(0, 1, '/');
  const std::size_t mark = request.target.find('?');
  request.path = percentDecode(request.target.substr(0, mark), false);
  if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
  request.headers = call.headers;
  request.body = call.body;
  request.remoteAddress = "192.0.2.1:40000";
  return request;
}

}  // namespace lianqiao::test
