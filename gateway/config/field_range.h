#pragma once

#include <optional>

#include "lianqiao/field_spec.h"
#include "yaml/scalar.h"

namespace lianqiao::config {

/// True for the kinds whose FieldSpec has `least` and `most`: integer, duration, size.
bool isNumeric(FieldKind kind);

/// `least` and `most` of a numeric FieldSpec as numbers: as they stand, in milliseconds, in bytes.
/// nullopt where one of them is missing or not of the spec's kind, or where no value lies between.
std::optional<yaml::Range<std::int64_t>> rangeOf(const FieldSpec& spec);

/// `text` as a value of a numeric FieldSpec, within its range; without a range of its own whatever
/// the kind can be. Milliseconds and bytes as in rangeOf().
yaml::Reading<std::int64_t> parseNumeric(const FieldSpec& spec, std::string_view text);

}  // namespace lianqiao::config
