#pragma once

#include "lianqiao/adapter.h"

namespace lianqiao::hotline12345 {

/// Takes work orders that a hotline pushes: the standard form, and the envelopes that hotline
/// products wrap their records in (`{"data":{"list":[…]}}`, `{"custom":{"caseInfo":{…}}}`). Which
/// vocabulary a record is in (Epoint, city–province) is the mapping's matter. Stateless,
/// thread-safe.
class HotlineReceiver final : public Receiver {
 public:
  Result<Reception> receive(const HttpRequest& request) override;
};

/// The records of one JSON text: what its envelope holds, or the text itself in the standard form.
Result<std::vector<RawItem>> unwrap(std::string_view body, const HttpRequest& request);

}  // namespace lianqiao::hotline12345
