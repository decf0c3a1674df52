#include "plugin/adapter_registry.h"

#include <cstring>
#include <optional>

#include "lianqiao/abi.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "plugin/abi_check.h"
#include "plugin/descriptor_check.h"
#include "plugin/guarded_call.h"
#include "plugin/shared_library.h"

namespace lianqiao::plugin {

namespace {

std::vector<std::string> adaptersIn(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() == ".so") names.push_back(entry->path().stem().string());
  }
  return names;
}

Error absent(const std::filesystem::path& folder, const std::string& name) {
  std::string detail = (folder / (name + ".so")).string() + " does not exist";
  const auto there = adaptersIn(folder);
  const std::string_view near = closest(name, there);
  if (!near.empty()) {
    detail += "; did you mean " + std::string(near) + "?";
  } else if (there.empty()) {
    detail += "; the folder " + folder.string() + " holds no adapters: build them, or set plugins:";
  } else {
    detail += "; build it, or take it off the list of adapters";
  }
  return {codes::kPluginLoad, std::move(detail)};
}

Result<const Descriptor*> describeItself(const std::filesystem::path& file, const std::string& name,
                                         const SharedLibrary& library) {
  using Entry = const Descriptor* (*)();
  const auto entry = reinterpret_cast<Entry>(library.find("lianqiao_descriptor"));
  const auto failed = [&file](const std::string& what) {
    return Error{codes::kPluginLoad, file.string() + " " + what};
  };
  if (entry == nullptr) return failed("exports no lianqiao_descriptor");
  const auto descriptor = guardedCall({name, "-", "lianqiao_descriptor"}, entry);
  if (!descriptor) return failed("cannot describe itself: " + descriptor.error().detail);
  if (*descriptor == nullptr) return failed("gives no descriptor");
  if ((*descriptor)->name != name) {
    return failed("is tagged \"" + name + "\" but its descriptor says \"" +
                  std::string((*descriptor)->name) + "\"; both and the file bear one name");
  }
  const auto problems = descriptorProblems(**descriptor);
  if (problems.empty()) return *descriptor;
  std::string all;
  for (const auto& problem : problems) all += (all.empty() ? "" : "; ") + problem;
  return failed("does not describe itself wholly: " + all);
}

Result<const Descriptor*> loadOne(const std::filesystem::path& folder, const std::string& name) {
  if (!isLowerSnake(name)) {
    return Error{codes::kPluginLoad,
                 "\"" + name + "\" cannot name an adapter; use lower_snake, as in data_exchange"};
  }
  const auto file = folder / (name + ".so");
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return absent(folder, name);
  if (auto checked = checkFile(file); !checked) return checked.error();
  const auto tag = readTag(file);
  if (!tag) return tag.error();
  if (auto checked = checkTag(file, *tag, name); !checked) return checked.error();

  const auto library = SharedLibrary::open(file);
  if (!library) return library.error();
  const void* loaded = library->find("lianqiao_abi");
  if (loaded == nullptr || std::memcmp(loaded, &*tag, sizeof(AbiTag)) != 0) {
    return Error{codes::kPluginLoad,
                 file.string() + " was exchanged while it was being loaded; start again"};
  }
  return describeItself(file, name, *library);
}

}  // namespace

Result<std::unique_ptr<AdapterRegistry>> AdapterRegistry::load(
    const std::filesystem::path& folder, const std::vector<std::string>& names) {
  auto registry = std::make_unique<AdapterRegistry>();
  std::optional<Error> failure;
  for (const auto& name : names) {
    auto descriptor = loadOne(folder, name);
    if (descriptor) {
      registry->adapters_.emplace(name, *descriptor);
      if (auto build = plugin::buildOf(folder / (name + ".so"))) registry->builds_[name] = *build;
    } else if (!failure) {
      failure = std::move(descriptor).error();
    } else {
      failure->detail += "\n" + descriptor.error().detail;
    }
  }
  if (failure) return *std::move(failure);
  return registry;
}

const Descriptor* AdapterRegistry::find(std::string_view name) const {
  const auto found = adapters_.find(name);
  return found == adapters_.end() ? nullptr : found->second;
}

std::string AdapterRegistry::buildOf(std::string_view name) const {
  const auto found = builds_.find(name);
  return found == builds_.end() ? std::string() : found->second;
}

std::vector<const Descriptor*> AdapterRegistry::all() const {
  std::vector<const Descriptor*> descriptors;
  descriptors.reserve(adapters_.size());
  for (const auto& [name, descriptor] : adapters_) descriptors.push_back(descriptor);
  return descriptors;
}

}  // namespace lianqiao::plugin
