#pragma once

#include <string>
#include <string_view>

#include "lianqiao/result.h"

namespace lianqiao::plugin {

/// The bytes of one exported data symbol of a 64-bit ELF shared object, read from the file's image
/// without running or mapping any of it: loading a library runs its static initialisers, and an
/// adapter of another ABI must not get that far. Every offset is checked; no image, however broken,
/// crashes it.
///
/// Fails with plugin.load; the detail completes the sentence "<file> …" ("is cut short …").
Result<std::string> readExportedObject(std::string_view image, std::string_view symbol);

/// True when the image exports a function of that name. REQUIRES: readExportedObject() succeeded on
/// it.
bool exportsFunction(std::string_view image, std::string_view symbol);

}  // namespace lianqiao::plugin
