#pragma once

#include <Poco/Net/SocketAddress.h>

#include <vector>

#include "base/clock.h"
#include "http/call_request.h"
#include "lianqiao/host.h"
#include "lianqiao/result.h"

namespace lianqiao::http {

/// Addresses of a host by the system's resolver, which knows no deadline: it works on a thread of
/// its own, and a call that cannot wait longer leaves it behind. Fails with deliver.connect or
/// deliver.timeout. Thread-safe.
Result<std::vector<Poco::Net::SocketAddress>> resolve(const ServerAddress& server,
                                                      Deadline deadline, const base::Clock& clock);

}  // namespace lianqiao::http
