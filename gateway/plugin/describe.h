#pragma once

#include <span>
#include <string>

#include "lianqiao/descriptor.h"

/// What an adapter says of itself, for people and programs. Everything that documents settings (the
/// command `lianqiao describe`, the READMEs' tables, the console's forms) is made from here.
namespace lianqiao::plugin {

enum class Language { english, chinese };

/// For a terminal: name and summary, then one setting per paragraph.
std::string describeText(const Descriptor& descriptor, Language language);

/// For a README: a heading, the facts, a table of settings.
std::string describeMarkdown(const Descriptor& descriptor, Language language);

/// For programs, both languages in one; one line without a trailing newline. Members are only ever
/// added.
std::string describeJson(const Descriptor& descriptor);

/// All adapters: {"adapters":[…]}.
std::string describeJson(std::span<const Descriptor* const> descriptors);

}  // namespace lianqiao::plugin
