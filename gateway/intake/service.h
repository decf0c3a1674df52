#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/http_front.h"
#include "intake/endpoint.h"
#include "intake/own_records.h"
#include "intake/work_pool.h"
#include "queue/queue_health.h"
#include "queue/submissions.h"

namespace lianqiao::intake {

/// The HTTP API of peers, between the front and the queue:
///   POST /v1/peers/{peer}/records            standard or protocol form; 202 after Redis has synced
///   *    /v1/peers/{peer}/{anything else}    for the adapter's receiver (URL checks, call-backs)
///   GET  /v1/peers/{peer}/records/{id}      what became of a record that it sent or was owed
///   GET  /v1/peers/{peer}/outbox?limit=      for peers that pull
///   POST /v1/peers/{peer}/outbox/ack
///   GET  /v1/peers/{peer}/manifest?day=     our account of a day (reconcile/manifest.h)
///   GET  /health and /                       200 while the process serves
/// A caller learns that a peer exists, and how it stands with it, once he has proved himself: until
/// then he hears the same as for a name that nobody has. Where anybody may call (kind none) there
/// is nothing to prove. Where the proof needs the body, a head that bears all its marks is not
/// answered before that, and what then speaks may be the adapter. Thread-safe. REQUIRES: what is
/// passed in outlives it; the pool is stopped before it goes.
class Service {
 public:
  /// The endpoint of that name as it is now, or null. A request keeps the one that it began with,
  /// so that a peer can be exchanged while requests are under way. Called on every request.
  using FindEndpoint = std::function<std::shared_ptr<Endpoint>(std::string_view peer)>;
  /// For metrics: peer, status of the answer, items.
  using Observer = std::function<void(std::string_view peer, int status, std::size_t items)>;
  /// For the log: what an adapter threw, or we did (no memory, say). Its text is ours alone: the
  /// caller gets the code and a neutral sentence.
  using Faults = std::function<void(std::string_view peer, const Error& error)>;
  /// Of a caller who is refused for a reason of his own. `peer`: empty where none of the name that
  /// he gives is configured. Must not wait.
  using Refusals =
      std::function<void(std::string_view address, std::string_view peer, const Error& why)>;

  Service(const config::IntakeLimits& limits, FindEndpoint find, queue::Submissions& submissions,
          const OwnRecords& records, const queue::QueueHealth& health, WorkPool& pool,
          Observer observer, Faults faults, Refusals refusals = {});

  /// For http::HttpFront.
  http::HttpFront::Admission admit(const HttpRequest& head) const;
  void handle(HttpRequest request, std::unique_ptr<http::Responder> responder);

 private:
  struct Exchange;
  struct Target {
    std::shared_ptr<Endpoint> endpoint;
    std::string_view rest;  ///< Behind the peer's name: "/records".
  };

  [[nodiscard]] Target locate(std::string_view path) const;
  http::HttpFront::Admission admit(const HttpRequest& head, const Target& target) const;
  /// What a proved caller hears where nothing can be taken or given now.
  std::optional<HttpResponse> busy(const Endpoint& endpoint, std::string_view rest) const;
  /// How it stands with the peer, which is told with the proof; nothing where the request may come.
  std::optional<HttpResponse> standing(const HttpRequest& head, const Endpoint& endpoint,
                                       std::string_view rest, bool proved) const;
  /// What the others hear where a proved one would hear lastingRefusal().
  HttpResponse nothingHere(const HttpRequest& head, const Endpoint& endpoint) const;
  /// What everybody hears who has not proved himself, whether the peer that he names exists or not;
  /// the log says why.
  HttpResponse stranger(const HttpRequest& head, const Endpoint& endpoint, const Error& why) const;
  void noteRefused(const HttpRequest& head, std::string_view peer, const Error& why) const {
    if (refusals_) refusals_(head.remoteAddress, peer, why);
  }
  /// Whether the endpoint that a request works on would let it in; answers when not.
  bool admitsStill(Exchange& exchange);
  /// Runs a step of an exchange on the pool: what it throws ends the exchange (its caller hears
  /// 500), not us.
  template <typename Step>
  void contained(Exchange& exchange, Step step) const;
  void take(const std::shared_ptr<Exchange>& exchange);
  /// Its sender is over his rate for so long.
  void slowDown(Exchange& exchange, std::chrono::milliseconds wait);
  /// Whether the adapter may have this request; answers when not.
  bool mayRead(const std::shared_ptr<Exchange>& exchange);
  /// It has ended the process three times: becomes an exception, whole and unread.
  void quarantine(const std::shared_ptr<Exchange>& exchange);
  void takeOutbox(const std::shared_ptr<Exchange>& exchange);
  void takeQuestion(const std::shared_ptr<Exchange>& exchange);
  void submit(const std::shared_ptr<Exchange>& exchange);
  void submit(const std::shared_ptr<Exchange>& exchange, queue::Submission submission);
  void finish(const std::shared_ptr<Exchange>& exchange,
              Result<std::vector<ItemVerdict>>& verdicts);
  void answer(Exchange& exchange);
  void send(Exchange& exchange, HttpResponse response);
  HttpResponse refusalOf(const Exchange& exchange, const Error& error) const;

  const config::IntakeLimits limits_;
  const FindEndpoint find_;
  queue::Submissions& submissions_;
  const OwnRecords& records_;
  const queue::QueueHealth& health_;
  WorkPool& pool_;
  const Observer observer_;
  const Faults faults_;
  const Refusals refusals_;
  mutable http::Shares shares_;
};

}  // namespace lianqiao::intake
