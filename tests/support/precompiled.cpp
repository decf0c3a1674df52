// Owns the precompiled header: every test program is compiled with the flags of this one.
int main() { return 0; }
