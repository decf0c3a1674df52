#include "fuzz/ledger.h"

namespace lianqiao::fuzz {

LIANQIAO_FUZZ_TARGET(jsonl) { demandLedger(scratchFile("fuzz.jsonl", input), smallLimits()); }

}  // namespace lianqiao::fuzz
