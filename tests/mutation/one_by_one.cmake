# Given to CMake as CMAKE_PROJECT_INCLUDE: sources that are changed one at a time are compiled one at a time, and no
# warning stands between a change and the tests.
function(lianqiao_one_by_one)
  foreach(folder queue review storage delivery times expression pipeline intake)
    # Headers are not changed: so those of the folder, with all that they include, are parsed once.
    file(GLOB headers ${CMAKE_SOURCE_DIR}/gateway/${folder}/*.h)
    set_target_properties(lianqiao_${folder} PROPERTIES UNITY_BUILD OFF)
    target_precompile_headers(lianqiao_${folder} PRIVATE ${headers})
    target_compile_options(lianqiao_${folder} PRIVATE -fpch-preprocess -O0)
  endforeach()
  set_target_properties(lianqiao_warnings PROPERTIES INTERFACE_COMPILE_OPTIONS -w)
endfunction()
cmake_language(DEFER CALL lianqiao_one_by_one)
