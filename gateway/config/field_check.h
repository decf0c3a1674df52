#pragma once

#include <span>

#include "config/secrets.h"
#include "config/yaml_node.h"
#include "lianqiao/field_spec.h"

namespace lianqiao::config {

/// An adapter's settings against its FieldSpecs: unknown names (with did-you-mean, or what they are
/// called now), missing required ones, kinds, ranges and choices; fallbacks filled in, paths
/// resolved against the configuration folder. Everything wrong is added to `findings`; the Settings
/// are fit for use only when nothing was. A setting that is neither given nor has a fallback is not
/// `has()`.
///
/// `settings` may be nullptr (the key is absent); what is missing is then found at `owner`.
Settings check(const YamlNode& owner, const YamlNode* settings, std::span<const FieldSpec> specs,
               const SecretSource& secrets, Findings& findings);

/// The same for a `settings` that is there.
Settings check(const YamlNode& settings, std::span<const FieldSpec> specs,
               const SecretSource& secrets, Findings& findings);

}  // namespace lianqiao::config
