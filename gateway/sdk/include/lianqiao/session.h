#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/result.h"
#include "lianqiao/roles.h"

namespace lianqiao {

/// What one step may take in and how long it may last.
struct SessionTurn {
  Deadline wait;          ///< Where nothing comes, step() returns by then.
  Deadline deadline;      ///< Of whatever it asks of the platform; later than `wait`.
  std::size_t items = 0;  ///< Most items. 0: it keeps alive and takes nothing in.
  std::size_t bytes = 0;  ///< Once so many are taken it begins no further item.
};

/// What came in one step.
struct Arrivals {
  std::vector<RawItem> items;
  std::string token;   ///< For acknowledge(); opaque to the gateway, at most 4 KiB.
  bool heard = false;  ///< The platform gave a sign of life: it answered a keep-alive, or sent.
  /// The next step comes within this time, at most an hour, whatever else goes on. 0: at once, for
  /// a session that waits inside step(). One whose platform pushes elsewhere says when its
  /// keep-alive is due.
  std::chrono::milliseconds next{0};
};

/// Role: a connection or registration that must stay alive, such as MQTT's or GA/T 1400's. What
/// arrives in it is acknowledged only after the records are durable.
///
/// The gateway opens it, steps it again and again, and opens it anew with growing pauses after any
/// call that failed. Of several nodes one has it open at a time. What was not acknowledged the
/// platform must send again after the next open(): then it is recognised and not doubled. Until
/// the items of one step are durable, further steps have `items` 0.
///
/// All calls come from one thread of the gateway's and never overlap. A call past its deadline is
/// reported as hanging and nothing else happens in this session until it returns. An Error's code
/// tells whose fault it was: deliver.connect and deliver.timeout the network's, deliver.refused and
/// deliver.tls the credential's, other deliver.… the peer's.
///
/// A sink of the same adapter may send over the same connection: both hold the object that
/// Host::common gives their factories. It is guarded by a mutex of its own, for deliveries come
/// from other threads; step() reads what the platform answers to them and wakes them. Such an
/// adapter sets Descriptor::deliversInSession: deliveries are then made by the node that has the
/// session open, while it is open.
class Session {
 public:
  virtual ~Session() = default;

  /// Connects or registers. An Error leaves nothing open.
  virtual Result<void> open(Deadline deadline) = 0;

  /// One bounded call: keeps alive where that is due, waits for what comes, returns it. An Error
  /// ends the session.
  virtual Result<Arrivals> step(const SessionTurn& turn) = 0;

  /// The items of the step that gave `token` are durable; one verdict per item, in order. Not
  /// called for a step without items. An Error ends the session.
  virtual Result<void> acknowledge(std::string_view token, std::span<const ItemVerdict> verdicts,
                                   Deadline deadline) = 0;

  enum class Closing : std::uint8_t {
    stop,  ///< Says good-bye as the protocol asks.
    lost,  ///< A call has failed: lets go of what it holds and asks nothing of the platform.
  };
  /// Called once behind every open() that succeeded.
  virtual void close(Closing closing, Deadline deadline) = 0;
};

}  // namespace lianqiao
