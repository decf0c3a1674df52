#pragma once

#include "plugin/describe.h"

namespace lianqiao::cli {

/// The operator's language, by LC_ALL, LC_MESSAGES or LANG, the first that is set: Chinese for one
/// that begins with zh, else English.
plugin::Language operatorLanguage();

}  // namespace lianqiao::cli
