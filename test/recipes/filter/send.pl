#!/usr/bin/perl
# Sends TCP segments that no honest program sends, from whatever source. Perl's own sockets, as perl is on every Debian.
# usage: send.pl, with a line for each kind on stdin: COUNT SOURCE DESTINATION PORT FLAG[,FLAG…]
# `*` in SOURCE becomes the number of the segment, from 1; flags are those of iptables, and NONE.
use strict;
use warnings;
use Socket qw(:all);

my %bit = (FIN => 1, SYN => 2, RST => 4, PSH => 8, ACK => 16, URG => 32, NONE => 0);

sub checksum {
    my ($bytes) = @_;
    $bytes .= "\0" if length($bytes) % 2;
    my $sum = 0;
    $sum += $_ for unpack('n*', $bytes);
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return ~$sum & 0xffff;
}

sub segment {
    my ($from, $to, $port, $flags, $number) = @_;
    my @fields = (20000 + $number, $port, 1000, $flags & 16 ? 1 : 0, 5 << 4, $flags, 65535);
    my $pseudo = length($from) == 4 ? pack('a4 a4 x C n', $from, $to, 6, 20) : pack('a16 a16 N x3 C', $from, $to, 20, 6);
    my $sum = checksum($pseudo . pack('n n N N C C n n n', @fields, 0, 0));
    return pack('n n N N C C n n n', @fields, $sum, 0);
}

my %socket;
for my $family (AF_INET, AF_INET6) {
    # 255 is IPPROTO_RAW: the IP header is ours, too.
    socket($socket{$family}, $family, SOCK_RAW, 255) or die "raw socket: $!";
}
while (my $line = <STDIN>) {
    my ($count, $source, $destination, $port, $names) = split ' ', $line;
    my $flags = 0;
    $flags |= $bit{$_} // die "no flag $_" for split /,/, $names;
    my $family = $destination =~ /:/ ? AF_INET6 : AF_INET;
    my $to = inet_pton($family, $destination) // die "no address $destination";
    for my $number (1 .. $count) {
        (my $address = $source) =~ s/\*/$number/;
        my $from = inet_pton($family, $address) // die "no address $address";
        my $tcp = segment($from, $to, $port, $flags, $number);
        my $packet = $family == AF_INET
            ? pack('C C n n n C C n a4 a4', 0x45, 0, 40, $number, 0, 64, 6, 0, $from, $to) . $tcp
            : pack('N n C C a16 a16', 0x60000000, 20, 6, 64, $from, $to) . $tcp;
        my $name = $family == AF_INET ? pack_sockaddr_in(0, $to) : pack_sockaddr_in6(0, $to);
        send($socket{$family}, $packet, 0, $name) // die "send from $address: $!";
    }
}
