#include "admin/client.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "admin/json_builder.h"
#include "base/clock.h"
#include "http/http_client.h"
#include "lianqiao/codes.h"

namespace lianqiao::admin {
namespace {

std::filesystem::path fileOf(const std::filesystem::path& data) {
  return data / "run" / "node.json";
}

std::string portOf(const NodeFile& node) { return node.address + ":" + std::to_string(node.port); }

// What a URL names it by; a port on every address is called on this machine's own.
std::string hostOf(const NodeFile& node) {
  if (node.address == "0.0.0.0") return "127.0.0.1";
  if (node.address == "::") return "[::1]";
  return node.address.find(':') == std::string::npos ? node.address : "[" + node.address + "]";
}

// A trail with its raw items, whole, may be long.
constexpr std::size_t kMostAnswer = 256u << 20;

Result<HttpResponse> send(const NodeFile& node, const std::string& method,
                          const std::string& target, std::chrono::seconds wait,
                          const std::string& body = {}) {
  const base::SystemClock clock;
  auto client = http::HttpClient::make({}, clock);
  if (!client) return client.error();
  HttpCall call;
  call.method = method;
  call.url = "http://" + hostOf(node) + ":" + std::to_string(node.port) + target;
  call.headers.add("Authorization", "Bearer " + node.token);
  call.maxAnswerBytes = kMostAnswer;
  if (!body.empty()) {
    call.headers.add("Content-Type", "application/json");
    call.body = body;
  }
  return (*client)->send(call, clock.steady() + wait);
}

bool nobodyListens(const Error& error) {
  return error.code == codes::kConnect && error.detail.ends_with(std::strerror(ECONNREFUSED));
}

/// Its front answers this by itself, however much waits behind it. That it has no room is an
/// answer, too, also where it is given before anything was asked.
bool lives(const NodeFile& node) {
  const auto answer = send(node, "GET", "/health", std::chrono::seconds(3));
  return answer.ok() || answer.error().code == codes::kProtocol;
}

}  // namespace

Result<void> writeNodeFile(const std::filesystem::path& data, const NodeFile& node) {
  std::error_code error;
  std::filesystem::create_directories(data / "run", error);
  const std::filesystem::path path = fileOf(data);
  const std::string temporary = path.string() + ".new";
  JsonBuilder json;
  json.object()
      .field("address", node.address)
      .field("port", node.port)
      .field("peers_port", node.peersPort)
      .field("token", node.token)
      .end();
  const std::string text = json.take();
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool whole =
      file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) close(file);
  if (whole) std::filesystem::rename(temporary, path, error);
  if (!whole || error) {
    return Error{codes::kConfig,
                 path.string() + " cannot be written; check space and rights of the data folder."};
  }
  return {};
}

Result<NodeFile> readNodeFile(const std::filesystem::path& data) {
  std::ifstream stream(fileOf(data), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  json::Document document;
  const std::string path = fileOf(data).string();
  if (std::error_code error; !stream && std::filesystem::exists(fileOf(data), error)) {
    return Error{codes::kNotFound,
                 path +
                     " may not be read by this user. Run this as the gateway's user, such as: sudo "
                     "-u lianqiao lianqiao …"};
  }
  if (text.empty() || !json::parse(text, document)) {
    return Error{codes::kNotFound,
                 "No gateway runs on the data folder " + data.string() + ": " + path +
                     ", which a running one keeps, is not there. Start one with: lianqiao run"};
  }
  NodeFile node;
  const auto field = [&](std::string_view name) {
    const json::Value* value = document.root.find(name);
    return value == nullptr ? json::Value() : *value;
  };
  node.address = field("address").text();
  node.token = field("token").text();
  node.port = static_cast<std::uint16_t>(field("port").integer().value_or(0));
  node.peersPort = static_cast<std::uint16_t>(field("peers_port").integer().value_or(0));
  return node;
}

void removeNodeFile(const std::filesystem::path& data) {
  std::error_code ignored;
  std::filesystem::remove(fileOf(data), ignored);
}

Result<HttpResponse> call(const NodeFile& node, const std::string& method,
                          const std::string& target, std::chrono::seconds wait,
                          const std::string& body) {
  auto answer = send(node, method, target, wait, body);
  if (answer) return answer;
  if (nobodyListens(answer.error())) {
    return Error{codes::kNotFound,
                 "No gateway runs: nobody listens on the admin port " + portOf(node) +
                     " that the last one gave in its run/node.json. Start one with: lianqiao run; "
                     "one that is just starting answers in a moment."};
  }
  if (lives(node)) {
    return Error{codes::kOverloaded,
                 "The gateway runs, but its admin port " + portOf(node) +
                     " is busy: it gave no answer within " + std::to_string(wait.count()) +
                     " s. Ask again in a minute; what is asked of it is still done."};
  }
  return Error{
      codes::kConnect,
      "The gateway's admin port " + portOf(node) + " does not answer (" + answer.error().detail +
          "). Its process may hang or be stopped; see its log, and start it again if need be."};
}

std::string messageOf(const HttpResponse& answer) {
  if (answer.body.empty()) {
    return "The gateway's admin port answers HTTP " + std::to_string(answer.status) +
           " and does not say why.";
  }
  json::Document document;
  if (!json::parse(answer.body, document)) return answer.body;
  const json::Value* error = document.root.find("error");
  const json::Value* message = error == nullptr ? nullptr : error->find("message");
  return message == nullptr ? answer.body : std::string(message->text());
}

}  // namespace lianqiao::admin
