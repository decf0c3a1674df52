#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/result.h"
#include "schema/schema.h"

namespace lianqiao::record {

/// Where the member `flag` of data is true, its member `member` leaves the gateway for nobody.
struct Withheld {
  std::string flag;
  std::string member;
};

/// One type of record.
struct TypeSchema {
  std::string type;       ///< work_order; the file's name without .json.
  std::string eventType;  ///< The event's `type`: lianqiao.work_order.v1.
  /// The event's `dataschema`: $id, or urn:lianqiao:schema:<type>:<version>.
  std::string dataSchema;
  schema::Schema schema;
  bool hasStatus = false;  ///< It moves on: an earlier revision would set it back.
  std::vector<Withheld> withheld{};
};

/// Every type that records may have: the *.json of a folder, and of its sub-folder datasets/, where
/// a county drops schemas of its own. Immutable and thread-safe once loaded.
class SchemaSet {
 public:
  /// Adds what lies in `folder`. A file that cannot be read or compiled, a name that is not
  /// lower_snake, a name twice, an `x-withholds` that names no member, an x-version that is not
  /// major.minor, a schema that is not for objects: each is one Problem with path
  /// "<file>#<pointer>", and the file is left out. An absent folder is a Problem.
  void load(const std::filesystem::path& folder, std::vector<Problem>& problems);

  /// nullptr where there is no such type.
  [[nodiscard]] const TypeSchema* find(std::string_view type) const;
  [[nodiscard]] std::vector<std::string_view> types() const;

 private:
  void loadFolder(const std::filesystem::path& folder, std::vector<Problem>& problems);
  void loadFile(const std::filesystem::path& file, std::vector<Problem>& problems);
  std::map<std::string, TypeSchema, std::less<>> types_;
};

}  // namespace lianqiao::record
