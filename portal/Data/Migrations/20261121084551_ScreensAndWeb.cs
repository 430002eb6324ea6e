using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sallyport.Portal.Data.Migrations
{
    /// <inheritdoc />
    public partial class ScreensAndWeb : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "control_given_by_id",
                table: "sessions",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "control_wanted_at",
                table: "sessions",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "screen",
                table: "services",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "web",
                table: "services",
                type: "jsonb",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "watches",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    session_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    ticket_id = table.Column<string>(type: "text", nullable: false),
                    issued_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    redeemed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_watches", x => x.id);
                    table.ForeignKey(
                        name: "FK_watches_sessions_session_id",
                        column: x => x.session_id,
                        principalTable: "sessions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_watches_tenants_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_watches_session_id",
                table: "watches",
                column: "session_id");

            migrationBuilder.CreateIndex(
                name: "IX_watches_tenant_id",
                table: "watches",
                column: "tenant_id");

            migrationBuilder.CreateIndex(
                name: "IX_watches_ticket_id",
                table: "watches",
                column: "ticket_id",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "watches");

            migrationBuilder.DropColumn(
                name: "control_given_by_id",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "control_wanted_at",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "screen",
                table: "services");

            migrationBuilder.DropColumn(
                name: "web",
                table: "services");
        }
    }
}
