# Given to CMake as CMAKE_PROJECT_INCLUDE: sources that are changed one at a time are compiled one at a time, and no
# warning stands between a change and the tests.
function(lianqiao_one_by_one)
  foreach(target lianqiao_queue lianqiao_records lianqiao_middle lianqiao_delivery lianqiao_times lianqiao_expression lianqiao_pipeline lianqiao_intake)
    set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  endforeach()
  set_target_properties(lianqiao_warnings PROPERTIES INTERFACE_COMPILE_OPTIONS -w)
endfunction()
cmake_language(DEFER CALL lianqiao_one_by_one)
