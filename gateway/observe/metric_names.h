#pragma once

#include <cstdint>
#include <string_view>

namespace lianqiao::observe {

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

struct MetricName {
  std::string_view name;
  MetricKind kind;
  std::string_view help;
};

/// Every metric of the gateway, once. Labels are peer (configured names), code (codes.h), and the
/// fixed words given here; never anything that a caller sends.
namespace names {

// Intake.
inline constexpr MetricName kRequests{"lianqiao_requests_total", MetricKind::counter,
                                      "Requests answered, by peer and HTTP status."};
inline constexpr MetricName kItems{"lianqiao_items_total", MetricKind::counter,
                                   "Raw items taken, by peer."};
inline constexpr MetricName kAccepted{
    "lianqiao_accepted_total", MetricKind::counter,
    "Records accepted by all nodes since the queue was made, by peer."};
inline constexpr MetricName kDuplicates{
    "lianqiao_duplicates_total", MetricKind::counter,
    "Records answered as sent before, counted like those accepted."};
inline constexpr MetricName kQuarantined{"lianqiao_quarantined_total", MetricKind::counter,
                                         "Raw items quarantined, counted like those accepted."};
inline constexpr MetricName kSessionOpen{"lianqiao_session_open", MetricKind::gauge,
                                         "1 while this node has the peer's session open, by peer."};
inline constexpr MetricName kSessionHeard{"lianqiao_session_last_heard_seconds", MetricKind::gauge,
                                          "Last sign of life in the session, Unix time, by peer."};
inline constexpr MetricName kSessionsOpened{"lianqiao_sessions_opened_total", MetricKind::counter,
                                            "How often the session was opened, by peer."};
inline constexpr MetricName kSessionsLost{
    "lianqiao_sessions_lost_total", MetricKind::counter,
    "How often it failed or could not be opened, by peer and code."};

// Queue.
inline constexpr MetricName kWaiting{"lianqiao_waiting", MetricKind::gauge,
                                     "Deliveries not yet confirmed, by peer."};
inline constexpr MetricName kOldestSeconds{
    "lianqiao_oldest_waiting_seconds", MetricKind::gauge,
    "Age of the oldest delivery not yet confirmed, by peer."};
inline constexpr MetricName kExceptions{"lianqiao_exceptions", MetricKind::gauge,
                                        "Exceptions that wait for a person, by peer and code."};
inline constexpr MetricName kQueueUp{"lianqiao_queue_up", MetricKind::gauge,
                                     "1 while Redis can be written."};
inline constexpr MetricName kObstacle{"lianqiao_queue_obstacle", MetricKind::gauge,
                                      "1 while Redis takes no records, by code: why."};
inline constexpr MetricName kRefusing{
    "lianqiao_refusing", MetricKind::gauge,
    "1 while records are refused for a reason of ours, by peer (empty: all) and code."};
inline constexpr MetricName kExceptionBytes{"lianqiao_exception_bytes", MetricKind::gauge,
                                            "Bytes of raw items quarantined that wait for a "
                                            "person, by peer; inbound.exception_bytes bounds "
                                            "them."};
inline constexpr MetricName kSpoolRequests{"lianqiao_spool_requests", MetricKind::gauge,
                                           "Requests in the spool that wait for Redis."};
inline constexpr MetricName kSpoolBytes{"lianqiao_spool_bytes", MetricKind::gauge,
                                        "Bytes of those."};
inline constexpr MetricName kSpoolOldestSeconds{"lianqiao_spool_oldest_seconds", MetricKind::gauge,
                                                "Age of the oldest of those."};
inline constexpr MetricName kSpoolAside{
    "lianqiao_spool_aside", MetricKind::gauge,
    "Requests in the spool that Redis refuses for good: a person must look."};

// Delivery.
inline constexpr MetricName kAttempts{"lianqiao_delivery_attempts_total", MetricKind::counter,
                                      "Tries, by peer and result (delivered or a code)."};
inline constexpr MetricName kDeliverySeconds{"lianqiao_delivery_seconds", MetricKind::histogram,
                                             "Time of one try, by peer."};
inline constexpr MetricName kPaused{
    "lianqiao_peer_paused", MetricKind::gauge,
    "1 while a peer is paused, its breaker is open, or its source rests."};

// Adapters, the program.
inline constexpr MetricName kAdapter{"lianqiao_adapter_events_total", MetricKind::counter,
                                     "What adapters count, by peer and name."};
inline constexpr MetricName kBuild{"lianqiao_build_info", MetricKind::gauge,
                                   "1, with the version as label."};
inline constexpr MetricName kStart{"lianqiao_start_time_seconds", MetricKind::gauge,
                                   "When the program started, Unix time."};
inline constexpr MetricName kResident{"process_resident_memory_bytes", MetricKind::gauge,
                                      "Resident memory."};
inline constexpr MetricName kLogDropped{"lianqiao_log_lines_dropped_total", MetricKind::counter,
                                        "Log lines that could not be written."};

}  // namespace names
}  // namespace lianqiao::observe
