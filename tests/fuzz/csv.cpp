#include "fuzz/ledger.h"

namespace lianqiao::fuzz {

LIANQIAO_FUZZ_TARGET(csv) {
  const auto file = scratchFile("fuzz.csv", input);
  file_drop::ReadOptions options = smallLimits();
  demandLedger(file, options);
  options.encoding = "gb18030";
  options.delimiter = ';';
  options.headerRow = 1;
  options.acceptShortRows = true;
  options.idColumns = {"id"};
  demandLedger(file, options);
}

}  // namespace lianqiao::fuzz
