#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"
#include "record/place_schemas.h"

namespace lianqiao::record {

/// The annotations of a schema, x-class, x-mask and x-finds, compiled for each place of its data:
/// the same that redact.h masks by, for who reads many records. Immutable and thread-safe once
/// made.
class LeafClasses {
 public:
  enum class Mask : std::uint8_t { none, name, phone, id, address, key };

  struct Place {
    bool isPublic = false;
    Mask mask = Mask::none;
    bool finds = false;  ///< By its text people look for the record.
    std::map<std::string, const Place*, std::less<>> members;
    const Place* others = nullptr;        ///< Members that have no name in the schema.
    std::vector<const Place*> firstOnes;  ///< Elements that have a schema each.
    const Place* elements = nullptr;      ///< All further ones.

    /// Never null.
    [[nodiscard]] const Place* member(std::string_view name) const;
    [[nodiscard]] const Place* element(std::size_t index) const;
  };

  /// Reads `schema` and keeps nothing of it. A null schema says nothing of any place.
  explicit LeafClasses(const json::Value& schema);

  [[nodiscard]] const Place& root() const { return *root_; }

 private:
  struct Compiler;
  std::vector<std::unique_ptr<Place>> places_;
  const Place* root_ = nullptr;
};

}  // namespace lianqiao::record
