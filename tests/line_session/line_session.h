#pragma once

#include "lianqiao/adapter.h"

/// A small adapter that tries the role session out: one TCP connection to a peer that sends a line
/// for each thing (line_peer.py), over which its sink sends, too.
///
///   ours                      the peer's
///   hello NAME                welcome | no REASON
///   ping                      pong
///   ack N                     line N JSON      again after each hello, until it is acknowledged
///   put N JSON                took N RECEIPT
///   bye
namespace lianqiao::line_session {

extern const Descriptor kDescriptor;

}  // namespace lianqiao::line_session
