#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fuzz/fuzz.h"
#include "http/front_connection.h"

namespace lianqiao::fuzz {
namespace {

using namespace http;

constexpr std::size_t kRequestBody = 300;

/// One connection of the front on a socket pair, from a trusted proxy, with a handler that answers
/// at once.
class Front {
 public:
  Front() {
    context_.limits.header = 700;
    context_.mailbox = std::make_shared<Mailbox>();
    context_.trustedProxies = {base::IpNetwork::parse("10.0.0.0/8").value()};
    context_.handedOn = [](ConnectionId, const base::IpAddress&) { return true; };
    context_.input.resize(4096);
    context_.admit = [](const HttpRequest&) {
      return HttpFront::Admission{.bodyLimit = kRequestBody};
    };
    context_.handler = [this](HttpRequest request, std::unique_ptr<Responder> responder) {
      note(request);
      HttpResponse response;
      response.body = "taken";
      responder->send(std::move(response));
    };
    int ends[2] = {-1, -1};
    demand(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
           "sockets can be made");
    caller_ = ends[0];
    connection_ = std::make_unique<FrontConnection>(
        context_, ConnectionId{1, 1}, std::make_unique<SocketStream>(ends[1], nullptr),
        "10.0.0.1:1", true);
  }
  ~Front() { ::close(caller_); }
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  void send(std::string_view piece) {
    while (!piece.empty() && connection_->phase() != FrontConnection::Phase::closed) {
      const ssize_t sent = ::send(caller_, piece.data(), piece.size(), MSG_NOSIGNAL);
      if (sent > 0) piece.remove_prefix(static_cast<std::size_t>(sent));
      step({.readable = true});
      if (sent < 0 && errno != EAGAIN) return;
    }
  }
  void end() {
    ::shutdown(caller_, SHUT_WR);
    step({.readable = true, .ending = true});
    demand(connection_->phase() == FrontConnection::Phase::closed,
           "a caller that has ended is let go");
  }

  std::string requests;  ///< What the handler was given.
  std::string answers;

 private:
  void note(const HttpRequest& request) {
    demand(request.body.size() <= kRequestBody, "a body is bounded");
    demand(!request.method.empty() && request.path.starts_with('/'),
           "a request has method and path");
    requests += request.remoteAddress + " " + request.method + " " + request.path + "?" +
                request.query + "\n";
    for (const auto& [name, value] : request.headers.all())
      requests.append(name).append(": ").append(value).append("\n");
    requests.append(request.body).append("\n\n");
  }

  void step(FrontConnection::Events events) {
    connection_->onEvents(events);
    std::vector<Mailbox::Letter> letters;
    for (;;) {
      char room[4096];
      for (ssize_t got = 0; (got = ::recv(caller_, room, sizeof room, 0)) > 0;)
        answers.append(room, static_cast<std::size_t>(got));
      context_.mailbox->collect(letters);
      for (Mailbox::Letter& letter : letters) connection_->onAnswer(std::move(letter.answer));
      const bool answering = connection_->phase() == FrontConnection::Phase::answering;
      if (letters.empty() && !answering && !connection_->wantsTurn()) return;
      connection_->onEvents({.readable = connection_->wantsTurn(), .writable = answering});
    }
  }

  FrontContext context_;
  int caller_ = -1;
  std::unique_ptr<FrontConnection> connection_;
};

/// The status codes of all answers but interim ones, which depend on how the bytes arrive.
std::vector<std::string> statuses(std::string_view answers) {
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != std::string_view::npos;
       at += 9) {
    std::string status(answers.substr(at + 9, 3));
    // A message may name a version, too.
    if (status != "100" && status.front() >= '1' && status.front() <= '5')
      found.push_back(std::move(status));
  }
  // Which of several faults is told depends on which has arrived first.
  for (std::string& status : found)
    if (status.front() != '2') status = "refused";
  return found;
}

}  // namespace

LIANQIAO_FUZZ_TARGET(http_front) {
  if (input.size() > 8192) return;
  Front whole;
  whole.send(input);
  whole.end();
  const auto expected = statuses(whole.answers);
  demand(std::count(expected.begin(), expected.end(), "refused") <= 1,
         "nothing is read behind what was refused");
  for (const auto& pieces : cuts(input)) {
    Front cut;
    for (const std::string_view piece : pieces) cut.send(piece);
    cut.end();
    demand(cut.requests == whole.requests, "the same requests are taken however the bytes arrive");
    demand(statuses(cut.answers) == expected, "and answered alike");
  }
}

}  // namespace lianqiao::fuzz
