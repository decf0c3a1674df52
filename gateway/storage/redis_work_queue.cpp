#include "storage/redis_work_queue.h"

#include "lianqiao/codes.h"
#include "queue/group_words.h"
#include "queue/lapses.h"
#include "queue/scripts.h"
#include "queue/server_check.h"
#include "redis/find_place.h"
#include "review/exception_shares.h"

namespace lianqiao::storage {
namespace {

using namespace std::chrono_literals;

constexpr auto kLoadingPatience = 10min;  // a large append-only file takes its time

/// Checks the server and enters this run of the node.
Result<queue::NodeRun> enter(redis::RedisPlace& place, const queue::Keys& keys,
                             const config::RedisSettings& settings, const QueueOptions& options,
                             const base::Clock& clock) {
  const auto connection = place.open();
  if (!connection.ok()) return connection.error();
  if (Result<void> safe = queue::checkServer(**connection, settings, options.log); !safe.ok())
    return safe.error();
  if (Result<void> fits = queue::checkLayout(**connection, keys); !fits.ok()) return fits.error();
  if (Result<void> done = queue::makeAllRetriesDueSoon(**connection, keys, clock.wall());
      !done.ok())
    return done.error();
  if (Result<void> counted = review::recountShares(**connection, keys); !counted.ok())
    return counted.error();
  return queue::Heartbeat::enter(**connection, keys, options.node, place.local(), clock);
}

Result<WallTime> formerUntil(redis::RedisPlace& place, const queue::Keys& keys,
                             const config::Retention& retention, const base::Clock& clock) {
  const auto connection = place.open();
  if (!connection.ok()) return connection.error();
  return queue::formerFingerprintsUntil(**connection, keys, retention.duplicates, clock.wall());
}

/// Without a history nobody reads the journal. One that begins later sees that it has a gap.
Result<void> dropUnread(redis::RedisPlace& place, const queue::Keys& keys,
                        const queue::JournalMark& journal) {
  if (journal.kept()) return {};
  const auto connection = place.open();
  if (!connection.ok()) return connection.error();
  const auto gone = (*connection)->call({"DEL", keys.journal(), keys.unnoted(), keys.reader()});
  return gone.ok() ? Result<void>() : gone.error();
}

/// Strikes for what was in flight when the former process died.
Result<void> strikeFormer(redis::RedisPlace& place, const queue::Keys& keys,
                          const config::Retention& retention, const QueueOptions& options,
                          const base::Clock& clock, base::IdSource& ids,
                          crash::FlightBook& flights) {
  const auto former = flights.former(crash::FlightBook::Kind::delivery);
  if (former.empty()) return {};
  const auto connection = place.open();
  if (!connection.ok()) return connection.error();
  std::vector<queue::Lapse> lapses;
  lapses.reserve(former.size());
  for (const crash::FlightBook::Flight& flight : former)
    lapses.push_back({flight.peer, flight.id, flight.token,
                      "It was with the adapter when the gateway's process ended."});
  const Result<std::string> sent = queue::sendLapses(
      **connection, keys, lapses, clock.wall(), retention.delivered, options.journal->word(), ids);
  if (!sent.ok()) return sent.error();
  if (!sent->empty()) options.log(LogLevel::warning, *sent);
  flights.forgetFormer(crash::FlightBook::Kind::delivery);
  return {};
}

}  // namespace

Result<std::unique_ptr<WorkQueue>> RedisWorkQueue::open(const config::RedisSettings& settings,
                                                        const config::Retention& retention,
                                                        const QueueOptions& options,
                                                        const base::Clock& clock,
                                                        base::IdSource& ids) {
  std::unique_ptr<redis::ManagedRedis> server;
  std::unique_ptr<redis::RedisPlace> place;
  if (settings.managed) {
    auto started = redis::ManagedRedis::start(settings, options.data / "redis", options.log,
                                              kLoadingPatience, options.stop);
    if (!started.ok()) return started.error();
    server = std::move(*started);
    place = std::make_unique<redis::RedisPlace>(server->address());
  } else {
    auto found = redis::findPlace(settings, options.log);
    if (!found.ok()) return found.error();
    place = std::move(*found);
  }
  const queue::Keys keys(settings.prefix);
  const Result<queue::NodeRun> run = enter(*place, keys, settings, options, clock);
  if (!run.ok()) return run.error();
  if (Result<void> dropped = dropUnread(*place, keys, *options.journal); !dropped.ok())
    return dropped.error();
  const Result<WallTime> former = formerUntil(*place, keys, retention, clock);
  if (!former.ok()) return former.error();
  auto flights = options.flights != nullptr
                     ? options.flights
                     : std::make_shared<crash::FlightBook>(options.data, options.node, options.log);
  if (Result<void> struck = strikeFormer(*place, keys, retention, options, clock, ids, *flights);
      !struck.ok())
    return struck.error();
  return std::unique_ptr<WorkQueue>(new RedisWorkQueue(std::move(server), std::move(place),
                                                       std::move(flights), keys, *run, *former,
                                                       settings, retention, options, clock, ids));
}

RedisWorkQueue::RedisWorkQueue(std::unique_ptr<redis::ManagedRedis> server,
                               std::unique_ptr<redis::RedisPlace> place,
                               std::shared_ptr<crash::FlightBook> flights, const queue::Keys& keys,
                               queue::NodeRun run, WallTime formerUntil,
                               const config::RedisSettings& settings,
                               const config::Retention& retention, const QueueOptions& options,
                               const base::Clock& clock, base::IdSource& ids)
    : server_(std::move(server)),
      place_(std::move(place)),
      keys_(keys),
      clock_(clock),
      formerUntil_(formerUntil),
      takers_(options.takers),
      journal_(options.journal),
      lives_(options.lives),
      flights_(std::move(flights)),
      attempts_(*flights_),
      pool_(*place_),
      records_([this] { return connection(); }, keys, retention, clock, ids, *takers_, *journal_),
      resends_([this] { return connection(); }, keys, clock, *takers_, *journal_),
      signs_([this] { return connection(); }, keys),
      deadlines_([this] { return connection(); }, keys, retention.duplicates),
      redisJournal_([this] { return connection(); }, keys),
      references_([this] { return connection(); }, keys, retention.delivered, clock),
      retries_(clock),
      heart_(pool_, keys, std::move(run), options.beatEvery, clock, options.log),
      polls_(pool_, keys, heart_),
      sweeper_(pool_, keys, {options.sweepEvery, retention, options.mendEvery}, heart_, attempts_,
               clock, retries_, ids, *takers_, *journal_, options.log),
      leaseCalls_(keys, heart_, sweeper_, clock, retries_),
      commit_(*place_, keys,
              {settings.groupSize, options.memory, retention, options.steps, settings.minReplicas,
               settings.replicaWait},
              {[this](std::string_view peer, std::chrono::milliseconds after) {
                 sweeper_.wakeLater(peer, after);
               },
               options.log},
              clock, retries_, leaseCalls_, *takers_, *journal_, *lives_, ids) {
  place_->onFailOver(
      [this, settings, log = options.log](redis::RedisConnection& connection) -> Result<void> {
        if (Result<void> safe = queue::checkServer(connection, settings, log); !safe.ok())
          return safe;
        return heart_.follow(connection);
      });
}

RedisWorkQueue::~RedisWorkQueue() { place_->onFailOver({}); }

void RedisWorkQueue::submit(queue::Submission submission, Submitted done) {
  commit_.submit(std::make_shared<const queue::Submission>(std::move(submission)), std::move(done));
}

void RedisWorkQueue::submitShared(std::shared_ptr<const queue::Submission> submission,
                                  Submitted done) {
  commit_.submit(std::move(submission), std::move(done));
}

std::optional<Error> RedisWorkQueue::refusal() const {
  const auto found = commit_.obstacle().get();
  return found ? std::optional(Error{found->code, found->detail}) : std::nullopt;
}

Result<std::vector<queue::Lease>> RedisWorkQueue::lease(std::string_view peer, std::size_t max,
                                                        std::chrono::milliseconds time) {
  if (heart_.superseded()) return heart_.supersededError();
  auto borrowed = connection();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  const queue::LeaseCalls::Call call = leaseCalls_.begin(time);
  leaseCalls_.add(command, peer, max, call);
  const auto reply = queue::runScript(**borrowed, command);
  if (!reply.ok()) {
    leaseCalls_.disown(call);
    return reply.error();
  }
  return queue::LeaseCalls::read(peer, call, **reply);
}

bool RedisWorkQueue::begin(const queue::Lease& lease) {
  // fresh() first: a new era is written before the beat that makes it fresh again.
  const bool may = heart_.fresh() && lease.era == heart_.era() && clock_.steady() < lease.until;
  if (may) attempts_.begin(lease);
  return may;
}

void RedisWorkQueue::settle(queue::Settlement settlement) {
  attempts_.end(settlement.lease);
  commit_.settle(std::move(settlement));
}

Result<std::vector<std::size_t>> RedisWorkQueue::settleNow(
    std::vector<queue::Settlement> settlements) {
  const auto notes = std::make_shared<queue::GroupCommit::Notes>();
  std::uint64_t last = 0;
  for (const queue::Settlement& settlement : settlements) attempts_.end(settlement.lease);
  for (std::size_t i = 0; i < settlements.size(); ++i)
    last = commit_.settle(std::move(settlements[i]), {notes, i});
  if (Result<void> durable = commit_.await(last); !durable.ok()) return durable.error();
  if (notes->refused) return std::move(*notes->refused);
  return std::move(notes->unheard);
}

Result<void> RedisWorkQueue::flush() {
  if (Result<void> durable = commit_.await(commit_.settled()); !durable.ok()) return durable;
  if (std::optional<Error> refused = commit_.takeRefused()) return std::move(*refused);
  return {};
}

Result<std::size_t> RedisWorkQueue::makeRetriesDue(std::string_view peer) {
  auto borrowed = connection();
  if (!borrowed.ok()) return borrowed.error();
  auto moved = queue::makeRetriesDueWithin(**borrowed, keys_, peer, retries_.now(),
                                           std::chrono::milliseconds(0));
  if (moved.ok()) takers_->wake(peer);
  return moved;
}

Result<bool> RedisWorkQueue::remember(std::string_view scope, std::string_view nonce,
                                      std::string_view use, std::chrono::milliseconds keep) {
  auto borrowed = connection();
  if (!borrowed.ok()) return borrowed.error();
  const std::string time = std::to_string(std::max<long long>(keep.count(), 1));
  const auto reply =
      (*borrowed)->call({"SET", keys_.nonce(scope, nonce), use, "NX", "GET", "PX", time});
  if (!reply.ok()) return reply.error();
  return (*reply)->isNil() || (!use.empty() && (*reply)->text == use);
}

/// Fails at once while Redis is away, instead of every caller trying for itself.
Result<redis::ConnectionPool::Borrowed> RedisWorkQueue::connection() {
  if (!commit_.available()) return commit_.obstacle().error();
  return pool_.borrow();
}

}  // namespace lianqiao::storage
