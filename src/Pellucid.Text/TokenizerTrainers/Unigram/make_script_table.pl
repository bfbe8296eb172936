# Writes scripts.txt: the Script property of all characters but Common and unassigned ones, from Perl's copy of the Unicode Character
# Database.
# Run:  perl make_script_table.pl > scripts.txt      (Perl 5.36 has Unicode 14.0.0)
# Lines:  FIRST-LAST SCRIPT
use strict;
use warnings;
use Unicode::UCD qw(prop_invmap);

print "# Unicode ", Unicode::UCD::UnicodeVersion(), ", made by make_script_table.pl from the Unicode Character Database (Unicode License v3)\n";
my ($starts, $scripts) = prop_invmap("Script");
for my $i (0 .. $#$starts) {
    my $end = $i < $#$starts ? $starts->[$i + 1] - 1 : 0x10FFFF;
    next if $scripts->[$i] eq "Common" || $scripts->[$i] eq "Unknown";
    printf "%04X-%04X %s\n", $starts->[$i], $end, $scripts->[$i];
}
