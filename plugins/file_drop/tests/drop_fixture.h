#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "conformance/fake_host.h"
#include "conformance/test_data.h"
#include "file_drop/drop_settings.h"
#include "file_drop/open_ledger.h"
#include "kit/sheet/workbook_writer.h"
#include "lianqiao/json.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop::test {

using kit::escapeXml;
using kit::wrapWorkbook;
using kit::writeWorkbook;
using kit::ZipWriter;

using Given = std::map<std::string, Settings::Value>;

/// The adapter's settings with their fallbacks, as the configuration reader would give them, and
/// `given`.
Settings settingsWith(const Given& given);

/// A folder of its own for each test, removed with it; in memory where a test writes thousands of
/// files.
class TempFolder {
 public:
  explicit TempFolder(bool inMemory = false);
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

/// All items of a file, and the Error that ended it, if one did.
struct Read {
  std::vector<Item> items;
  std::vector<std::string> bodies;  ///< Without "_origin", compact JSON.
  std::string errorCode;
  std::string errorDetail;
  PassedOver passed;
};
Read readLedger(const std::filesystem::path& file, ReadOptions options = {});
Read readBytes(const std::string& name, std::string_view bytes, ReadOptions options = {});

/// `body` without its "_origin" member.
std::string withoutOrigin(const std::string& body);

std::vector<std::string> namesIn(const std::filesystem::path& folder);

}  // namespace lianqiao::file_drop::test
