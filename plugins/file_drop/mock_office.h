#pragma once

#include <filesystem>
#include <optional>
#include <set>

#include "file_drop/drop_settings.h"
#include "file_drop/mock_list.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// Plays the office that drops ledgers: writes made-up rows into the folder as a workbook, as CSV
/// in UTF-8 and GB18030, and as JSONL, each under a name that is not taken until it is whole. Where
/// `list_file` is set it then keeps a list of what it has of each day: see MockList.
///
/// taken() reads what became of them, in files that were not there when the mock was made: with a
/// drop folder the rows of all result files (accepted; doubled are duplicates; refused are
/// exceptions), with an output folder the records written there.
class MockOffice final : public MockPeer {
 public:
  explicit MockOffice(DropSettings settings);

  HttpResponse handle(const HttpRequest& request, WallTime now) override;
  void drive(MockWorld& world) override;
  [[nodiscard]] Taken taken() const override;

 private:
  void dropLedgers(MockWorld& world);

  DropSettings settings_;
  std::optional<MockList> list_;  ///< Of drive().
  std::set<std::filesystem::path> before_;
};

}  // namespace lianqiao::file_drop
