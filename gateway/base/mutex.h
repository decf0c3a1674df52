#pragma once

#include "lianqiao/mutex.h"

/// The locks that adapters have, too, under the names by which the gateway knows them.
namespace lianqiao::base {

using lianqiao::Condition;
using lianqiao::Lock;
using lianqiao::Mutex;
using lianqiao::Unlocked;

}  // namespace lianqiao::base
