# How everything here is built: one library per folder of gateway/, one shared object per adapter,
# one test program per mirrored folder of tests/. Source lists are explicit.

add_library(lianqiao_warnings INTERFACE)
target_compile_options(lianqiao_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror)

# A test's own code need not be fast: so it compiles in two thirds of the time.
if(LIANQIAO_SANITIZE)
  list(APPEND LIANQIAO_PRECOMPILED -O0)
else()
  list(APPEND LIANQIAO_PRECOMPILED -O1)
endif()
if(LIANQIAO_SANITIZE)
  add_compile_options(-fsanitize=${LIANQIAO_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LIANQIAO_SANITIZE})
  # Undefined behaviour is looked for in the product: without it tests compile in half the time. These warnings
  # GCC then gives falsely; the release build has them for the same files.
  list(APPEND LIANQIAO_PRECOMPILED -fno-sanitize=undefined
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized$<SEMICOLON>-Wno-dangling-pointer$<SEMICOLON>-Wno-use-after-free>)
endif()
if(LIANQIAO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# lianqiao_library(<folder> SOURCES <files> DEPS <targets> SYSTEM_DEPS <targets>)
# Headers are included as "<folder>/<file>.h".
function(lianqiao_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;SYSTEM_DEPS" ${ARGN})
  set(target lianqiao_${name})
  if(A_SOURCES)
    add_library(${target} STATIC ${A_SOURCES})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/gateway)
    target_link_libraries(${target} PUBLIC ${A_DEPS} PRIVATE ${A_SYSTEM_DEPS} lianqiao_warnings)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR}/gateway)
    target_link_libraries(${target} INTERFACE ${A_DEPS})
  endif()
endfunction()

# What runs, without tests: the program and every adapter.
add_custom_target(lianqiao_product)

# lianqiao_plugin(<name> [TEST] SOURCES <files> LIBRARIES <targets>)
# Builds plugins/<name>.so with exactly two exported symbols; <name>_objects is the same code for its tests.
# TEST: an adapter of the tests, in tests/<name>; it becomes test_plugins/<name>.so and no part of the product.
function(lianqiao_plugin name)
  cmake_parse_arguments(A "TEST" "" "SOURCES;LIBRARIES" ${ARGN})
  set(includes plugins)
  set(folder plugins)
  if(A_TEST)
    set(includes tests)
    set(folder test_plugins)
  endif()
  add_library(${name}_objects STATIC ${A_SOURCES})
  # What the gateway asks an adapter for has one name in all of them: a program that links two adapters takes it from none.
  set_source_files_properties(${name}.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_include_directories(${name}_objects PUBLIC ${CMAKE_SOURCE_DIR}/${includes})
  target_compile_options(${name}_objects PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_libraries(${name}_objects PUBLIC lianqiao_sdk ${A_LIBRARIES} PRIVATE lianqiao_warnings)
  add_library(${name} MODULE $<TARGET_OBJECTS:${name}_objects>)
  set_target_properties(${name} PROPERTIES PREFIX "" LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${folder}
    LINK_DEPENDS ${CMAKE_SOURCE_DIR}/gateway/sdk/exports.map)
  target_link_libraries(${name} PRIVATE lianqiao_sdk ${A_LIBRARIES})
  if(NOT A_TEST)
    add_dependencies(lianqiao_product ${name})
  endif()
  target_link_options(${name} PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/gateway/sdk/exports.map
    -Wl,-z,now)
endfunction()

# lianqiao_test(<name> SOURCES <files> DEPS <targets> LABELS <labels> TIMEOUT <seconds> SHARDS <number>)
# LABELS: unit (no process, no socket to elsewhere), redis (starts its own), e2e (runs the built program);
# beside them sanitized (run under ASan and UBSan; in the release build by --quick and --full) and threads (under TSan, too).
# SHARDS: so many tests, <name>_1 and on, share its cases where one would run longest of all.
add_custom_target(lianqiao_sanitized_tests)
add_custom_target(lianqiao_threads_tests)
# What the release build needs where sanitized tests run elsewhere: whole programs, and the tests that are not sanitized.
add_custom_target(lianqiao_unsanitized_tests)
add_dependencies(lianqiao_unsanitized_tests lianqiao_product)
if(LIANQIAO_TESTS)
  # Debug information makes a test's link long: mold takes a quarter of the time. What is delivered is linked by ld.
  find_program(MOLD mold)
  # A precompiled header serves only where the same macros are set: Poco's are set for every test.
  set(LIANQIAO_TEST_MACROS $<TARGET_PROPERTY:Poco::Foundation,INTERFACE_COMPILE_DEFINITIONS>
                           $<TARGET_PROPERTY:Poco::Net,INTERFACE_COMPILE_DEFINITIONS>)
  add_executable(lianqiao_precompiled tests/support/precompiled.cpp)
  target_compile_definitions(lianqiao_precompiled PRIVATE ${LIANQIAO_TEST_MACROS})
  target_precompile_headers(lianqiao_precompiled PRIVATE tests/support/precompiled.h)
  target_compile_options(lianqiao_precompiled PRIVATE ${LIANQIAO_PRECOMPILED})
  target_link_libraries(lianqiao_precompiled PRIVATE GTest::gmock lianqiao_warnings)
endif()
function(lianqiao_test name)
  cmake_parse_arguments(A "" "TIMEOUT;SHARDS" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${A_DEPS} GTest::gmock GTest::gtest GTest::gtest_main lianqiao_warnings)
  target_compile_definitions(${name} PRIVATE LIANQIAO_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    LIANQIAO_BUILD_DIR="${CMAKE_BINARY_DIR}" ${LIANQIAO_TEST_MACROS})
  target_compile_options(${name} PRIVATE ${LIANQIAO_PRECOMPILED})
  target_precompile_headers(${name} REUSE_FROM lianqiao_precompiled)
  if(MOLD)
    target_link_options(${name} PRIVATE -fuse-ld=mold)
  endif()
  foreach(kind sanitized threads)
    if(kind IN_LIST A_LABELS)
      add_dependencies(lianqiao_${kind}_tests ${name})
    endif()
  endforeach()
  if(NOT sanitized IN_LIST A_LABELS)
    add_dependencies(lianqiao_unsanitized_tests ${name})
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  # The longest begin first, so that none of them runs on alone: those with a time of their own, then those with Redis.
  set(cost ${A_TIMEOUT})
  if(redis IN_LIST A_LABELS)
    math(EXPR cost "${cost} + 100")
  endif()
  if(NOT A_SHARDS)
    set(A_SHARDS 1)
  endif()
  foreach(number RANGE 1 ${A_SHARDS})
    set(test ${name})
    if(A_SHARDS GREATER 1)
      set(test ${name}_${number})
    endif()
    math(EXPR index "${number} - 1")
    add_test(NAME ${test} COMMAND ${name})
    set_tests_properties(${test} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT} COST ${cost}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${A_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()
