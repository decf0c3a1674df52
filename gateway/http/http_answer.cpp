#include "http/http_answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>

#include "http/http_front.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/time.h"

namespace lianqiao::http {

namespace {

constexpr std::pair<int, std::string_view> kReasons[] = {{200, "OK"},
                                                         {201, "Created"},
                                                         {202, "Accepted"},
                                                         {204, "No Content"},
                                                         {206, "Partial Content"},
                                                         {301, "Moved Permanently"},
                                                         {302, "Found"},
                                                         {303, "See Other"},
                                                         {304, "Not Modified"},
                                                         {307, "Temporary Redirect"},
                                                         {308, "Permanent Redirect"},
                                                         {400, "Bad Request"},
                                                         {401, "Unauthorized"},
                                                         {403, "Forbidden"},
                                                         {404, "Not Found"},
                                                         {405, "Method Not Allowed"},
                                                         {406, "Not Acceptable"},
                                                         {408, "Request Timeout"},
                                                         {409, "Conflict"},
                                                         {410, "Gone"},
                                                         {411, "Length Required"},
                                                         {412, "Precondition Failed"},
                                                         {413, "Content Too Large"},
                                                         {414, "URI Too Long"},
                                                         {415, "Unsupported Media Type"},
                                                         {416, "Range Not Satisfiable"},
                                                         {417, "Expectation Failed"},
                                                         {422, "Unprocessable Content"},
                                                         {428, "Precondition Required"},
                                                         {429, "Too Many Requests"},
                                                         {431, "Request Header Fields Too Large"},
                                                         {500, "Internal Server Error"},
                                                         {501, "Not Implemented"},
                                                         {502, "Bad Gateway"},
                                                         {503, "Service Unavailable"},
                                                         {504, "Gateway Timeout"},
                                                         {505, "HTTP Version Not Supported"}};

constexpr std::string_view kOffered = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS";

/// Made once a second per thread.
std::string_view date() {
  thread_local std::chrono::sys_seconds made{};
  thread_local std::string text;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != made) {
    text = formatHttpDate(now);
    made = now;
  }
  return text;
}

bool isOurs(std::string_view name) {
  return equalIgnoringCase(name, "connection") || equalIgnoringCase(name, "content-length") ||
         equalIgnoringCase(name, "date") || equalIgnoringCase(name, "transfer-encoding") ||
         equalIgnoringCase(name, "keep-alive");
}

void appendNumber(std::string& out, std::size_t n) {
  std::array<char, 20> digits{};
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr);
}

void appendHeaders(const Headers& headers, std::string& out) {
  for (const auto& [name, value] : headers.all()) {
    if (isOurs(name)) continue;
    out.append(name).append(": ");
    const std::size_t start = out.size();
    out.append(value);
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    out.append("\r\n");
  }
}

}  // namespace

std::string_view reasonOf(int status) {
  const auto* found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                   [&](const auto& entry) { return entry.first == status; });
  return found == std::end(kReasons) ? std::string_view("Unknown") : found->second;
}

WireAnswer frame(HttpResponse response, const Framing& framing) {
  const int status = response.status >= 200 && response.status <= 599 ? response.status : 500;
  const bool bodiless = status == 204 || status == 304;
  WireAnswer answer;
  answer.keepAlive = framing.keepAlive;
  std::string& head = answer.head;
  head.reserve(192);
  head.append("HTTP/1.1 ");
  appendNumber(head, static_cast<std::size_t>(status));
  head.append(" ").append(reasonOf(status)).append("\r\nDate: ").append(date());
  if (!bodiless) {
    head.append("\r\nContent-Length: ");
    appendNumber(head, response.body.size());
  }
  head.append(framing.keepAlive ? "\r\n" : "\r\nConnection: close\r\n");
  appendHeaders(response.headers, head);
  head.append("\r\n");
  if (!bodiless && !framing.headOnly) {
    if (response.body.size() <= 4096) {
      head.append(response.body);
    } else {
      answer.body = std::move(response.body);
    }
  }
  return answer;
}

HttpResponse answerOf(const Refusal& refusal) {
  HttpResponse response = errorResponse({std::string(refusal.code), refusal.message});
  response.status = refusal.status;
  if (refusal.status == 405) response.headers.add("Allow", std::string(kOffered));
  return response;
}

HttpResponse errorResponse(const Error& error) {
  HttpResponse response;
  response.status = statusOfCode(error.code);
  response.headers.add("Content-Type", "application/json");
  response.body = R"({"error":{"code":)";
  json::writeText(error.code, response.body);
  response.body.append(R"(,"message":)");
  json::writeText(error.detail, response.body);
  response.body.append("}}");
  if (response.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  if (response.status == 429) response.headers.add("Retry-After", "1");
  if (response.status == 503) response.headers.add("Retry-After", "5");
  return response;
}

int statusOfCode(std::string_view code) {
  static constexpr std::pair<std::string_view, int> kExact[] = {
      {codes::kMalformed, 400},     {codes::kUnauthenticated, 401}, {codes::kClockSkew, 401},
      {codes::kReplayedNonce, 401}, {codes::kForbidden, 403},       {codes::kUnknownPeer, 404},
      {codes::kNotFound, 404},      {codes::kMethod, 405},          {codes::kTimeout, 408},
      {codes::kTooLarge, 413},      {codes::kMediaType, 415},       {codes::kRateLimited, 429},
      {codes::kOverloaded, 503},    {codes::kQueueAway, 503},       {codes::kExceptionsFull, 429}};
  for (const auto& [known, status] : kExact) {
    if (code == known) return status;
  }
  if (code.starts_with("decode.")) return 400;
  if (code.starts_with("queue.") || code.starts_with("history.")) return 503;
  for (std::string_view stage :
       {"normalize.", "validate.", "deduplicate.", "route.", "reconcile."}) {
    if (code.starts_with(stage)) return 422;
  }
  return 500;
}

}  // namespace lianqiao::http
