#include "runtime/admin_port.h"

#include <utility>

#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kHealth = "/health";

config::IntakeLimits limits() {
  config::IntakeLimits limits;
  limits.connections = limits.connectionsPerAddress = AdminPort::kConnections;
  limits.body = 64u << 10;
  limits.bodiesInFlight = AdminPort::kConnections * limits.body;
  limits.headerTime = limits.bodyTime = limits.idleTime = 10s;
  return limits;
}

Error busy() {
  return {codes::kOverloaded,
          "The admin port works on as many requests as it can; ask again in a moment."};
}

}  // namespace

AdminPort::AdminPort(const Secret& token, Handler handler)
    : bearer_("Bearer " + token.reveal()),
      handler_(std::move(handler)),
      shares_(limits()),
      pool_(2, "admin") {}

AdminPort::~AdminPort() { stop(); }

Result<std::unique_ptr<AdminPort>> AdminPort::start(const config::Listener& listener,
                                                    const Secret& token, Handler handler) {
  std::unique_ptr<AdminPort> made(new AdminPort(token, std::move(handler)));
  auto front = http::HttpFront::start(
      listener, limits(),
      [self = made.get()](const HttpRequest& head) { return self->admit(head); },
      [self = made.get()](HttpRequest request, std::unique_ptr<http::Responder> responder) {
        self->handle(std::move(request), std::move(responder));
      });
  if (!front) {
    return Error{front.error().code, "The admin port cannot be opened: " + front.error().detail +
                                         ". Choose another in listen.admin."};
  }
  made->front_ = std::move(front).value();
  return made;
}

http::HttpFront::Admission AdminPort::admit(const HttpRequest& head) {
  if (head.path == kHealth) return {};
  http::HttpFront::Admission admission{.bodyLimit = limits().body};
  if (!equalConstantTime(head.headers.get("Authorization"), bearer_)) {
    admission.refuse = http::errorResponse(
        {codes::kUnauthenticated, "The admin API needs the node's admin token."});
    return admission;
  }
  admission.proved = true;
  if (!shares_.take(load_, true, head.remoteAddress, admission.hold)) {
    admission.refuse = http::errorResponse(busy());
  }
  return admission;
}

void AdminPort::handle(HttpRequest request, std::unique_ptr<http::Responder> responder) {
  if (request.path == kHealth) {
    responder->send(handler_(request));
    return;
  }
  struct Exchange {
    HttpRequest request;
    std::unique_ptr<http::Responder> responder;
  };
  auto exchange = std::make_shared<Exchange>(Exchange{std::move(request), std::move(responder)});
  const bool posted = pool_.post("admin", kThreads, [this, exchange] {
    try {
      exchange->responder->send(handler_(exchange->request));
    } catch (...) {
      exchange->responder.reset();  // answers 500
    }
  });
  if (!posted) exchange->responder->send(http::errorResponse(busy()));
}

void AdminPort::stop() {
  if (front_) front_->stop(0ms);
  pool_.stop();
}

}  // namespace lianqiao::runtime
