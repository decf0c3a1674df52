#pragma once

#include <memory>
#include <vector>

#include "drop_fixture.h"
#include "pipeline/pipeline.h"

namespace lianqiao::file_drop::test {

/// The shipped peer town-ledger with its mapping and code table, from read items to records.
class TownLedger : public ::testing::Test {
 protected:
  TownLedger();

  pipeline::Processed process(const RawItem& item);
  /// REQUIRES: the file could be read.
  std::vector<pipeline::Processed> processAll(const Read& read);
  /// As the gateway reads for this peer: the mappings are known.
  [[nodiscard]] ReadOptions options() const;

  expression::Workspace workspace_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
};

}  // namespace lianqiao::file_drop::test
