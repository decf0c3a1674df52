#include "intake/service.h"

#include <algorithm>

#include "lianqiao/codes.h"
#include "plugin/guarded_call.h"

namespace lianqiao::intake {
namespace {

constexpr std::string_view kPeers = "/v1/peers/";

Error refusal(std::string_view code, std::string detail) {
  return {std::string(code), std::move(detail)};
}

HttpResponse methodNotAllowed(std::string_view allowed) {
  HttpResponse response =
      errorResponse(refusal(codes::kMethod, "This address takes " + std::string(allowed) + "."));
  response.headers.set("Allow", std::string(allowed));
  return response;
}

HttpResponse retryLater(Error error, std::chrono::seconds after) {
  HttpResponse response = errorResponse(error);
  response.headers.set("Retry-After", std::to_string(std::max<std::int64_t>(1, after.count())));
  return response;
}

/// What a sender may know of why nothing is stored: no addresses, no words of Redis.
std::string reasonOf(const std::optional<Error>& error) {
  if (!error) return {};
  std::string_view reason = queue::publicReason(error->code);
  if (error->code == codes::kQueueFull) reason = "what waits to be stored has reached its limit";
  if (error->code == codes::kQueueRefused) reason = "Redis refuses what this record needs";
  return reason.empty() ? " (" + error->code + ")"
                        : " (" + error->code + ": " + std::string(reason) + ")";
}

HttpResponse tooManyWait() {
  return retryLater(
      refusal(codes::kOverloaded, "Too many requests of this peer wait; try again later."),
      std::chrono::seconds(2));
}

/// A target with the names of its parameters alone: values may be tokens and signatures.
std::string withoutValues(std::string_view target) {
  const std::size_t path = target.find('?');
  std::string kept(target.substr(0, path));
  if (path == std::string_view::npos) return kept;
  bool value = false;
  for (const char c : target.substr(path)) {
    if (c == '&') value = false;
    if (!value) kept += c;
    if (c == '=') value = true;
  }
  return kept;
}

HttpFront::Admission refused(std::string_view code, std::string detail) {
  return {0, errorResponse(refusal(code, std::move(detail)))};
}

}  // namespace

struct Service::Exchange {
  Exchange(InWork& ofAll, std::shared_ptr<Endpoint> of, HttpRequest asked)
      : request(std::move(asked)), endpoint(std::move(of)), all(ofAll), bytes(request.body.size()) {
    for (InWork* work : {&all, &endpoint->inWork}) {
      ++work->requests;
      work->bytes += bytes;
    }
  }
  ~Exchange() {
    for (InWork* work : {&all, &endpoint->inWork}) {
      --work->requests;
      work->bytes -= bytes;
    }
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  HttpRequest request;
  std::unique_ptr<Responder> responder;
  std::shared_ptr<Endpoint> endpoint;
  std::string rest;
  Reception reception;
  std::size_t items = 0;
  bool aside = false;
  InWork& all;
  const std::size_t bytes;
  Passage passage;  ///< Ends before the endpoint, with the answer.
};

Service::Service(const config::IntakeLimits& limits, FindEndpoint find, queue::WorkQueue& queue,
                 WorkPool& pool, Observer observer, Faults faults)
    : limits_(limits),
      find_(std::move(find)),
      queue_(queue),
      pool_(pool),
      observer_(std::move(observer)),
      faults_(std::move(faults)) {}

Service::Target Service::locate(std::string_view path) const {
  if (!path.starts_with(kPeers)) return {};
  path.remove_prefix(kPeers.size());
  const std::size_t slash = path.find('/');
  std::shared_ptr<Endpoint> endpoint = find_(path.substr(0, slash));
  if (endpoint == nullptr) return {};
  return {std::move(endpoint),
          slash == std::string_view::npos ? std::string_view() : path.substr(slash)};
}

HttpFront::Admission Service::admit(const HttpRequest& head) const {
  if (head.path == "/health" || head.path == "/") return {limits_.body, std::nullopt};
  if (!head.path.starts_with(kPeers)) {
    return refused(codes::kNotFound,
                   "Nothing is here; records go to POST /v1/peers/{peer}/records.");
  }
  const Target target = locate(head.path);
  if (target.endpoint == nullptr) {
    return refused(
        codes::kUnknownPeer,
        "No peer of this name is configured; ask the gateway's administrator for yours.");
  }
  HttpFront::Admission admission = admit(head, target);
  if (admission.refuse && observer_) observer_(target.endpoint->name, admission.refuse->status, 0);
  return admission;
}

bool Service::mayWorkOn(const Endpoint& endpoint, std::size_t bytes) const {
  const auto fits = [](std::size_t own, std::size_t more, std::size_t all, std::size_t most) {
    return own + more + all <= most;
  };
  return fits(endpoint.inWork.requests, 1, inWork_.requests, limits_.connections) &&
         fits(endpoint.inWork.bytes, bytes, inWork_.bytes, limits_.bodiesInFlight);
}

HttpFront::Admission Service::admit(const HttpRequest& head, const Target& target) const {
  const Endpoint& endpoint = *target.endpoint;
  if (!endpoint.enabled)
    return refused(codes::kForbidden, "This peer is switched off at the gateway.");
  // What needs no waiting is checked before the body is let in; the rest in take().
  if (!endpoint.authenticator.mayBlock()) {
    if (auto known = endpoint.authenticator.check(head); !known)
      return {0, errorResponse(known.error())};
  }

  const bool outbox = target.rest == "/outbox" || target.rest == "/outbox/ack";
  if (outbox) {
    if (!endpoint.pull)
      return refused(codes::kForbidden, "This peer has no outbox; it is set to be delivered to.");
    if (!endpoint.authenticator.provesFetchers()) {
      return refused(
          codes::kForbidden,
          "This peer's adapter proves who sends, not who fetches: its outbox stays shut.");
    }
    const std::string_view allowed = target.rest == "/outbox" ? "GET" : "POST";
    if (head.method != allowed) return {0, methodNotAllowed(allowed)};
  } else {
    if (endpoint.receiver == nullptr)
      return refused(codes::kForbidden,
                     "This peer is not set to send: its adapter receives nothing, or it has no "
                     "inbound mapping.");
    if (target.rest.empty() || target.rest == "/") {
      return refused(codes::kNotFound, "Records go to POST /v1/peers/{peer}/records.");
    }
    if (target.rest == "/records" && head.method != "POST") return {0, methodNotAllowed("POST")};
    if (endpoint.backlogged.load(std::memory_order_relaxed)) {
      return {0, retryLater(refusal(codes::kOverloaded,
                                    "Too many records wait for delivery; try again later."),
                            std::chrono::seconds(30))};
    }
    if (const auto full = endpoint.exceptions.full())
      return {0, retryLater(*full, std::chrono::seconds(60))};
  }
  // An outbox gives what is in Redis; records can wait in the spool.
  if (outbox ? !queue_.available() : !queue_.accepts()) {
    return {0, retryLater(refusal(codes::kQueueAway,
                                  "The gateway cannot store records just now" +
                                      reasonOf(outbox ? std::nullopt : queue_.refusal()) +
                                      "; try again later."),
                          std::chrono::seconds(5))};
  }
  if (!mayWorkOn(endpoint, 0)) return {0, tooManyWait()};
  return {endpoint.bodyLimit == 0 ? limits_.body : std::min(endpoint.bodyLimit, limits_.body),
          std::nullopt};
}

void Service::handle(HttpRequest request, std::unique_ptr<Responder> responder) {
  if (request.path == "/health" || request.path == "/") {
    HttpResponse response;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.body = R"({"status":"ok"})";
    responder->send(std::move(response));
    return;
  }
  Target target = locate(request.path);
  if (target.endpoint == nullptr) {
    responder->send(
        errorResponse(refusal(codes::kUnknownPeer, "No peer of this name is configured.")));
    return;
  }
  const bool room = mayWorkOn(*target.endpoint, request.body.size());
  const std::string rest(target.rest);  // of the request's path
  auto exchange =
      std::make_shared<Exchange>(inWork_, std::move(target.endpoint), std::move(request));
  exchange->rest = rest;
  exchange->responder = std::move(responder);
  const bool outbox = exchange->rest == "/outbox" || exchange->rest == "/outbox/ack";
  const bool posted = room && pool_.post(exchange->endpoint->name, exchange->endpoint->concurrency,
                                         [this, exchange, outbox] {
                                           contained(*exchange, [&] {
                                             outbox ? takeOutbox(exchange) : take(exchange);
                                           });
                                         });
  if (!posted) send(*exchange, tooManyWait());
}

template <typename Step>
void Service::contained(Exchange& exchange, Step step) const {
  std::string what = "something unnamed";
  try {
    step();
    return;
  } catch (const std::exception& thrown) {
    what = thrown.what();
  } catch (...) {
  }
  exchange.passage = {};
  if (faults_)
    faults_(exchange.endpoint->name,
            refusal(codes::kInternal, "A request of this peer failed inside the gateway: " + what));
}

bool Service::admitsStill(Exchange& exchange, bool serves) {
  // The head was admitted by the endpoint of that time: the peer may have been changed while the
  // body came.
  auto known =
      exchange.endpoint->enabled && serves
          ? exchange.endpoint->authenticator.check(exchange.request)
          : Result<void>(refusal(codes::kForbidden,
                                 "This peer was just set to something else at the gateway."));
  if (!known) send(exchange, errorResponse(known.error()));
  return known.ok();
}

void Service::take(const std::shared_ptr<Exchange>& exchange) {
  Endpoint& endpoint = *exchange->endpoint;
  if (!admitsStill(*exchange, endpoint.receiver != nullptr) || !mayRead(exchange)) return;
  auto received = plugin::guardedCall({endpoint.adapter, endpoint.name, "receive"}, [&] {
    return endpoint.receiver->receive(exchange->request);
  });
  if (!received) {
    send(*exchange, refusalOf(*exchange, received.error()));
    return;
  }
  exchange->reception = std::move(received).value();
  if (exchange->reception.answer) {
    send(*exchange, std::move(*exchange->reception.answer));
    return;
  }
  exchange->items = exchange->reception.items.size();
  if (exchange->items > limits_.itemsPerRequest) {
    send(*exchange, errorResponse(refusal(codes::kTooLarge,
                                          "At most " + std::to_string(limits_.itemsPerRequest) +
                                              " records may come in one request; send several.")));
    return;
  }
  if (const auto wait = endpoint.rate.take(static_cast<double>(exchange->items));
      wait.count() > 0) {
    send(*exchange,
         retryLater(refusal(codes::kRateLimited, "This peer sends more than its limit allows."),
                    std::chrono::ceil<std::chrono::seconds>(wait)));
    return;
  }
  submit(exchange);
}

bool Service::mayRead(const std::shared_ptr<Exchange>& exchange) {
  const HttpRequest& request = exchange->request;
  exchange->passage = exchange->endpoint->guard.request(
      request.path, request.body.empty() ? request.query : request.body);
  switch (exchange->passage.way()) {
    case Passage::Way::open:
      return true;
    case Passage::Way::busy:
      send(*exchange,
           retryLater(refusal(codes::kOverloaded,
                              "This request was under way when the gateway failed. Such requests "
                              "are taken one at a time; send it again."),
                      std::chrono::seconds(1)));
      return false;
    case Passage::Way::closed: {
      HttpResponse response = retryLater(
          refusal(codes::kPluginCrashed,
                  "The gateway failed at requests of this peer again and again and takes "
                  "none of them for now; tell its administrator."),
          std::chrono::seconds(60));
      response.status = 503;
      send(*exchange, std::move(response));
      return false;
    }
    case Passage::Way::shut:
      setAside(exchange);
  }
  return false;
}

void Service::setAside(const std::shared_ptr<Exchange>& exchange) {
  if (const auto wait = exchange->endpoint->rate.take(1); wait.count() > 0) {
    send(*exchange,
         retryLater(refusal(codes::kRateLimited, "This peer sends more than its limit allows."),
                    std::chrono::ceil<std::chrono::seconds>(wait)));
    return;
  }
  thread_local pipeline::Workspace workspace;
  const HttpRequest& request = exchange->request;
  RawItem item;
  item.evidence = request.body.empty() ? withoutValues(request.target) : request.body;
  item.origin = request.method + " " + request.path;
  item.problems = {{std::string(codes::kPluginCrashed), "",
                    "The gateway failed three times while it read this request. It is kept for its "
                    "administrator and "
                    "not read again."}};
  exchange->aside = true;
  exchange->items = 1;
  queue::Submission submission;
  submission.entries.push_back(
      exchange->endpoint->entries.make(exchange->endpoint->name, std::move(item), workspace));
  submit(exchange, std::move(submission));
}

void Service::submit(const std::shared_ptr<Exchange>& exchange) {
  thread_local pipeline::Workspace workspace;
  queue::Submission submission;
  submission.entries.reserve(exchange->items);
  for (RawItem& item : exchange->reception.items) {
    submission.entries.push_back(
        exchange->endpoint->entries.make(exchange->endpoint->name, std::move(item), workspace));
  }
  exchange->reception.items.clear();
  exchange->passage.rest();
  submit(exchange, std::move(submission));
}

void Service::submit(const std::shared_ptr<Exchange>& exchange, queue::Submission submission) {
  exchange->endpoint->exceptions.add(submission.entries);
  queue_.submit(std::move(submission), [this, exchange](Result<std::vector<ItemVerdict>> verdicts) {
    // Composing the answer is adapter code: it must not hold the commit thread.
    auto shared = std::make_shared<Result<std::vector<ItemVerdict>>>(std::move(verdicts));
    pool_.finish(
        exchange->endpoint->name, exchange->endpoint->concurrency,
        [this, exchange, shared] { contained(*exchange, [&] { finish(exchange, *shared); }); });
  });
}

void Service::finish(const std::shared_ptr<Exchange>& exchange,
                     const Result<std::vector<ItemVerdict>>& verdicts) {
  if (verdicts) {
    answer(exchange, verdicts.value());
    return;
  }
  send(*exchange, retryLater(refusal(codes::kQueueAway,
                                     "The gateway could not store the records just now" +
                                         reasonOf(verdicts.error()) +
                                         ". Send them again; what was stored is recognised."),
                             std::chrono::seconds(5)));
}

void Service::answer(const std::shared_ptr<Exchange>& exchange,
                     const std::vector<ItemVerdict>& verdicts) {
  if (exchange->aside) {
    send(*exchange, answerStandard(verdicts));
    return;
  }
  exchange->passage.resume();
  auto response = plugin::guardedCall(
      {exchange->endpoint->adapter, exchange->endpoint->name, "answer"},
      [&] { return exchange->endpoint->receiver->answer(exchange->request, verdicts); });
  if (!response && faults_) faults_(exchange->endpoint->name, response.error());
  send(*exchange, response ? std::move(response).value() : answerStandard(verdicts));
}

HttpResponse Service::refusalOf(const Exchange& exchange, const Error& error) const {
  if (error.code != codes::kPluginThrew) return errorResponse(error);
  if (faults_) faults_(exchange.endpoint->name, error);
  return errorResponse(refusal(
      error.code,
      "The gateway failed at this request and has stored nothing of it; tell its administrator."));
}

void Service::takeOutbox(const std::shared_ptr<Exchange>& exchange) {
  Endpoint& endpoint = *exchange->endpoint;
  if (!admitsStill(*exchange, endpoint.pull && endpoint.authenticator.provesFetchers())) return;
  auto response = exchange->rest == "/outbox"
                      ? endpoint.outbox.fetch(endpoint.name, exchange->request.parameter("limit"),
                                              endpoint.pullLease)
                      : endpoint.outbox.acknowledge(endpoint.name, exchange->request.body);
  send(*exchange, response ? std::move(response).value() : errorResponse(response.error()));
}

void Service::send(Exchange& exchange, HttpResponse response) {
  // Not with the exchange, whose last owner may be the commit thread: a suspect's end writes a
  // file.
  exchange.passage = {};
  if (observer_) observer_(exchange.endpoint->name, response.status, exchange.items);
  exchange.responder->send(std::move(response));
}

}  // namespace lianqiao::intake
