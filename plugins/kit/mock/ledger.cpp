#include "kit/mock/ledger.h"

namespace lianqiao::kit {

bool Ledger::take(std::string_view idempotencyKey) {
  const Lock lock(mutex_);
  const bool first = ++seen_[std::string(idempotencyKey)] == 1;
  first ? ++taken_.distinct : ++taken_.doubled;
  return first;
}

HttpResponse Ledger::refuse(HttpResponse answer) {
  const Lock lock(mutex_);
  ++taken_.refused;
  return answer;
}

MockPeer::Taken Ledger::taken() const {
  const Lock lock(mutex_);
  return taken_;
}

}  // namespace lianqiao::kit
