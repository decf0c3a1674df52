#include "intake/service.h"

#include <algorithm>
#include <iterator>

#include "http/http_target.h"
#include "intake/service_answers.h"
#include "intake/service_exchange.h"
#include "lianqiao/codes.h"
#include "plugin/guarded_call.h"

namespace lianqiao::intake {
namespace {

constexpr std::string_view kPeers = "/v1/peers/";
/// Of a request, made into records and stored at a time.
constexpr std::size_t kSliceItems = 1000;
constexpr std::size_t kSliceBytes = 2u << 20;

http::HttpFront::Admission refused(std::string_view code, std::string detail) {
  return {.refuse = http::errorResponse(refusal(code, std::move(detail)))};
}

/// The gateway's own addresses, which tell nothing but that it serves.
bool isOwn(std::string_view path) { return path == "/health" || path == "/"; }

/// True where anybody may call in the peer's name; false where nobody has a reason to.
bool isForAll(const Endpoint& endpoint) { return endpoint.receiver != nullptr || endpoint.pull; }

}  // namespace

Service::Service(const config::IntakeLimits& limits, FindEndpoint find,
                 queue::Submissions& submissions, const OwnRecords& records,
                 const queue::QueueHealth& health, WorkPool& pool, Observer observer, Faults faults,
                 Refusals refusals)
    : limits_(limits),
      find_(std::move(find)),
      submissions_(submissions),
      records_(records),
      health_(health),
      pool_(pool),
      observer_(std::move(observer)),
      faults_(std::move(faults)),
      refusals_(std::move(refusals)),
      shares_(limits) {}

Service::Target Service::locate(std::string_view path) const {
  if (!path.starts_with(kPeers)) return {};
  path.remove_prefix(kPeers.size());
  const std::size_t slash = path.find('/');
  std::shared_ptr<Endpoint> endpoint = find_(path.substr(0, slash));
  if (endpoint == nullptr) return {};
  return {std::move(endpoint),
          slash == std::string_view::npos ? std::string_view() : path.substr(slash)};
}

http::HttpFront::Admission Service::admit(const HttpRequest& head) const {
  if (isOwn(head.path)) {
    if (head.method == "GET" || head.method == "HEAD") return {};
    return {.refuse = methodNotAllowed("GET, HEAD")};
  }
  if (http::isAmbiguous(head.target)) {
    return refused(codes::kMalformed,
                   "The path has an encoded separator or dot, or a segment of dots.");
  }
  if (!head.path.starts_with(kPeers)) {
    return refused(codes::kNotFound,
                   "Nothing is here; records go to POST /v1/peers/{peer}/records.");
  }
  const Target target = locate(head.path);
  if (target.endpoint == nullptr) {
    noteRefused(head, {}, {codes::kUnknownPeer, "Called " + withoutValues(head.path)});
    return {.refuse = unknownCaller()};
  }
  http::HttpFront::Admission admission = admit(head, target);
  if (admission.refuse && observer_) observer_(target.endpoint->name, admission.refuse->status, 0);
  return admission;
}

HttpResponse Service::stranger(const HttpRequest& head, const Endpoint& endpoint,
                               const Error& why) const {
  noteRefused(head, endpoint.name, why);
  if (const auto count = endpoint.strangers.add(); count && faults_) {
    faults_(endpoint.name, {why.code, std::to_string(*count) +
                                          " caller(s) in this peer's name since the last such line "
                                          "were refused, the last one because: " +
                                          why.detail});
  }
  return unknownCaller();
}

http::HttpFront::Admission Service::admit(const HttpRequest& head, const Target& target) const {
  const Endpoint& endpoint = *target.endpoint;
  const auto known = endpoint.authenticator.checkHead(head);
  if (!known) return {.refuse = stranger(head, endpoint, known.error())};
  http::HttpFront::Admission admission;
  admission.proved = *known && (endpoint.authenticator.provesCallers() || isForAll(endpoint));
  admission.refuse = standing(head, endpoint, target.rest, admission.proved);
  if (admission.refuse) return admission;
  if (!shares_.take(endpoint.load, admission.proved, head.remoteAddress, admission.hold)) {
    admission.refuse = tooManyWait();
    return admission;
  }
  admission.bodyLimit =
      endpoint.bodyLimit == 0 ? limits_.body : std::min(endpoint.bodyLimit, limits_.body);
  return admission;
}

std::optional<HttpResponse> Service::standing(const HttpRequest& head, const Endpoint& endpoint,
                                              std::string_view rest, bool proved) const {
  auto refused = lastingRefusal(head, endpoint, rest);
  if (!proved) return refused ? std::optional(nothingHere(head, endpoint)) : std::nullopt;
  if (!refused) return busy(endpoint, rest);
  noteRefused(head, endpoint.name,
              {codes::kForbidden,
               head.method + " " + withoutValues(head.path) + " is not what it is set to do"});
  return refused;
}

HttpResponse Service::nothingHere(const HttpRequest& head, const Endpoint& endpoint) const {
  return stranger(head, endpoint,
                  refusal(codes::kUnauthenticated,
                          "They proved nothing and asked for what it is not set to do."));
}

std::optional<HttpResponse> Service::busy(const Endpoint& endpoint, std::string_view rest) const {
  // An account is out of the history: neither the queue nor a backlog keeps it back.
  if (isManifest(rest)) return std::nullopt;
  const bool outbox = isOutbox(rest) || isQuestion(rest);
  if (!outbox && endpoint.backlogged.load(std::memory_order_relaxed)) {
    constexpr std::string_view kWhy = "Too many records wait for delivery; try again later.";
    return retryLater(refusal(codes::kOverloaded, std::string(kWhy)), std::chrono::seconds(30));
  }
  if (const auto full = outbox ? std::nullopt : endpoint.exceptions.full())
    return retryLater(*full, std::chrono::seconds(60));
  // An outbox gives what is in Redis; records can wait in the spool.
  if (outbox ? health_.available() : submissions_.accepts()) return std::nullopt;
  return retryLater(
      refusal(codes::kQueueAway, "The gateway cannot store records just now" +
                                     reasonOf(outbox ? std::nullopt : submissions_.refusal()) +
                                     "; try again later."),
      std::chrono::seconds(5));
}

void Service::handle(HttpRequest request, std::unique_ptr<http::Responder> responder) {
  if (isOwn(request.path)) {
    HttpResponse response;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.body = R"({"status":"ok"})";
    responder->send(std::move(response));
    return;
  }
  Target target = locate(request.path);
  if (target.endpoint == nullptr) {
    responder->send(unknownCaller());
    return;
  }
  auto exchange = std::make_shared<Exchange>();
  exchange->rest = target.rest;  // of the request's path
  exchange->endpoint = std::move(target.endpoint);
  exchange->request = std::move(request);
  exchange->request.itemLimit = limits_.itemsPerRequest;
  exchange->responder = std::move(responder);
  const std::string_view rest = exchange->rest;
  const bool asks = isQuestion(rest) || isManifest(rest);
  const auto step = isOutbox(rest) ? &Service::takeOutbox
                    : asks         ? &Service::takeQuestion
                                   : &Service::take;
  const bool posted = pool_.post(
      exchange->endpoint->name, exchange->endpoint->concurrency,
      [this, exchange, step] { contained(*exchange, [&] { (this->*step)(exchange); }); });
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
  exchange.permit = {};
  if (faults_)
    faults_(exchange.endpoint->name,
            refusal(codes::kInternal, "A request of this peer failed inside the gateway: " + what));
}

bool Service::admitsStill(Exchange& exchange) {
  const Endpoint& endpoint = *exchange.endpoint;
  // The head was admitted by the endpoint of that time: the peer may have been changed while the
  // body came.
  if (auto known = endpoint.authenticator.check(exchange.request); !known) {
    send(exchange, refusalOf(exchange, known.error()));
    return false;
  }
  const bool proved = !endpoint.authenticator.leavesItToTheAdapter();
  auto refused = standing(exchange.request, endpoint, exchange.rest, proved);
  if (refused) send(exchange, std::move(*refused));
  return !refused;
}

void Service::take(const std::shared_ptr<Exchange>& exchange) {
  Endpoint& endpoint = *exchange->endpoint;
  if (!admitsStill(*exchange) || !mayRead(exchange)) return;
  auto received = plugin::guardedCall({endpoint.adapter, endpoint.name, "receive"}, [&] {
    return endpoint.receiver->receive(exchange->request);
  });
  if (!received) {
    send(*exchange, refusalOf(*exchange, received.error()));
    return;
  }
  exchange->reception = std::move(received).value();
  // The items have all of it: held twice it would cost twice.
  exchange->request.body = std::string();
  if (exchange->reception.answer) {
    send(*exchange, std::move(*exchange->reception.answer));
    return;
  }
  if (endpoint.authenticator.leavesItToTheAdapter()) {
    if (auto wait = busy(endpoint, exchange->rest)) {
      send(*exchange, std::move(*wait));
      return;
    }
  }
  exchange->items = exchange->reception.items.size();
  if (exchange->items > limits_.itemsPerRequest) {
    send(*exchange, http::errorResponse(refusal(
                        codes::kTooLarge, "At most " + std::to_string(limits_.itemsPerRequest) +
                                              " records may come in one request; send several.")));
    return;
  }
  if (const auto wait = endpoint.rate.take(static_cast<double>(exchange->items)); wait.count() > 0)
    return slowDown(*exchange, wait);
  submit(exchange);
}

void Service::slowDown(Exchange& exchange, std::chrono::milliseconds wait) {
  const Error why = refusal(codes::kRateLimited, "This peer sends more than its limit allows.");
  noteRefused(exchange.request, exchange.endpoint->name, why);
  send(exchange, retryLater(why, std::chrono::ceil<std::chrono::seconds>(wait)));
}

bool Service::mayRead(const std::shared_ptr<Exchange>& exchange) {
  const HttpRequest& request = exchange->request;
  exchange->permit = exchange->endpoint->guard.request(
      request.path, request.body.empty() ? request.query : request.body);
  switch (exchange->permit.way()) {
    case Permit::Way::open:
      return true;
    case Permit::Way::busy:
      send(*exchange,
           retryLater(refusal(codes::kOverloaded,
                              "This request was under way when the gateway failed. Such requests "
                              "are taken one at a time; send it again."),
                      std::chrono::seconds(1)));
      return false;
    case Permit::Way::closed: {
      HttpResponse response = retryLater(
          refusal(codes::kPluginCrashed,
                  "The gateway failed at requests of this peer again and again and takes "
                  "none of them for now; tell its administrator."),
          std::chrono::seconds(60));
      response.status = 503;
      send(*exchange, std::move(response));
      return false;
    }
    case Permit::Way::shut:
      quarantine(exchange);
  }
  return false;
}

void Service::quarantine(const std::shared_ptr<Exchange>& exchange) {
  if (const auto wait = exchange->endpoint->rate.take(1); wait.count() > 0)
    return slowDown(*exchange, wait);
  thread_local expression::Workspace workspace;
  const HttpRequest& request = exchange->request;
  RawItem item;
  item.evidence = request.body.empty() ? withoutValues(request.target) : request.body;
  item.origin = request.method + " " + request.path;
  item.problems = {{codes::kPluginCrashed, "",
                    "The gateway failed three times while it read this request. It is kept for its "
                    "administrator and "
                    "not read again."}};
  exchange->quarantined = true;
  exchange->items = 1;
  queue::Submission submission;
  submission.entries.push_back(
      exchange->endpoint->entries.make(exchange->endpoint->name, std::move(item), workspace));
  submit(exchange, std::move(submission));
}

/// The next slice: what was made of one is let go before more is made, so that a request of many
/// records is not held in all its forms at once.
void Service::submit(const std::shared_ptr<Exchange>& exchange) {
  thread_local expression::Workspace workspace;
  std::vector<RawItem>& items = exchange->reception.items;
  std::vector<RawItem> slice;
  slice.reserve(std::min(kSliceItems, items.size() - exchange->next));
  std::size_t bytes = 0;
  while (exchange->next < items.size() && slice.size() < kSliceItems && bytes < kSliceBytes) {
    RawItem& item = items[exchange->next++];
    bytes += item.body.size() + item.evidence.size();
    slice.push_back(std::move(item));
  }
  queue::Submission submission;
  submission.entries =
      exchange->endpoint->entries.make(exchange->endpoint->name, std::move(slice), workspace);
  exchange->permit.rest();
  submit(exchange, std::move(submission));
}

void Service::submit(const std::shared_ptr<Exchange>& exchange, queue::Submission submission) {
  const queue::ExceptionShare quarantined =
      exchange->endpoint->exceptions.begun(submission.entries);
  const auto stored = [this, exchange, quarantined](Result<std::vector<ItemVerdict>> verdicts) {
    exchange->endpoint->exceptions.ended(quarantined);
    // Composing the answer is adapter code: it must not hold the commit thread.
    auto shared = std::make_shared<Result<std::vector<ItemVerdict>>>(std::move(verdicts));
    pool_.finish(
        exchange->endpoint->name, exchange->endpoint->concurrency,
        [this, exchange, shared] { contained(*exchange, [&] { finish(exchange, *shared); }); });
  };
  submissions_.submit(std::move(submission), stored);
}

void Service::finish(const std::shared_ptr<Exchange>& exchange,
                     Result<std::vector<ItemVerdict>>& verdicts) {
  if (!verdicts) {
    const Error& why = verdicts.error();
    const bool begins =
        why.code == codes::kQueueRefused && exchange->endpoint->refused.met(why) && faults_;
    if (begins) faults_(exchange->endpoint->name, why);
    send(*exchange, retryLater(refusal(codes::kQueueAway,
                                       "The gateway could not store the records just now" +
                                           reasonOf(verdicts.error()) +
                                           ". Send them again; what was stored is recognised."),
                               std::chrono::seconds(5)));
    return;
  }
  exchange->endpoint->refused.passed();
  std::move(verdicts->begin(), verdicts->end(), std::back_inserter(exchange->verdicts));
  if (exchange->quarantined) {
    send(*exchange, answerStandard(exchange->verdicts));
    return;
  }
  exchange->permit.resume();
  if (exchange->next < exchange->reception.items.size()) return submit(exchange);
  answer(*exchange);
}

void Service::answer(Exchange& exchange) {
  auto response = plugin::guardedCall(
      {exchange.endpoint->adapter, exchange.endpoint->name, "answer"},
      [&] { return exchange.endpoint->receiver->answer(exchange.request, exchange.verdicts); });
  if (!response && faults_) faults_(exchange.endpoint->name, response.error());
  send(exchange, response ? std::move(response).value() : answerStandard(exchange.verdicts));
}

HttpResponse Service::refusalOf(const Exchange& exchange, const Error& error) const {
  if (error.code == codes::kUnauthenticated || error.code == codes::kClockSkew)
    return stranger(exchange.request, *exchange.endpoint, error);
  if (error.code != codes::kPluginThrew) {
    noteRefused(exchange.request, exchange.endpoint->name, error);
    return http::errorResponse(error);
  }
  if (faults_) faults_(exchange.endpoint->name, error);
  return http::errorResponse(refusal(
      error.code,
      "The gateway failed at this request and has stored nothing of it; tell its administrator."));
}

void Service::send(Exchange& exchange, HttpResponse response) {
  // Not with the exchange, whose last owner may be the commit thread: a suspect's end writes a
  // file.
  exchange.permit = {};
  if (observer_) observer_(exchange.endpoint->name, response.status, exchange.items);
  exchange.responder->send(std::move(response));
}

}  // namespace lianqiao::intake
