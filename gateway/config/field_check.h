#pragma once

#include <span>

#include "config/secrets.h"
#include "lianqiao/field_spec.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// An adapter's settings against its FieldSpecs: unknown names (with did-you-mean, or what they are
/// called now), missing required ones, kinds, ranges and choices; fallbacks filled in, paths
/// resolved against the configuration folder. Everything wrong is added to `findings`; the Settings
/// are fit for use only when nothing was. A setting that is neither given nor has a fallback is not
/// `has()`.
///
/// `settings` may be nullptr (the key is absent); what is missing is then found at `owner`.
Settings check(const yaml::YamlNode& owner, const yaml::YamlNode* settings,
               std::span<const FieldSpec> specs, const SecretSource& secrets,
               yaml::Findings& findings);

/// The same for a `settings` that is there.
Settings check(const yaml::YamlNode& settings, std::span<const FieldSpec> specs,
               const SecretSource& secrets, yaml::Findings& findings);

}  // namespace lianqiao::config
